/** The operator's daemon: watches the chain, serves blobs, evaluates, posts. Everything it must not lose is on disk or on chain. */
import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { pino, type DestinationStream, type Logger } from "pino";

import { getDisputeParameters } from "../chain/disputes.ts";
import { openProvider } from "../chain/provider.ts";
import { getRequest } from "../chain/requests.ts";
import type { Deployment, Hex } from "../chain/types.ts";
import { CloakworkError } from "../errors.ts";
import { FileStore } from "../storage/file-store.ts";
import { AnswerStore } from "./answers.ts";
import { createBlobSource } from "./blob-source.ts";
import { deliverCallbacks } from "./callbacks.ts";
import { ChainHealth } from "./chain-health.ts";
import { createChainPort } from "./chain-port.ts";
import { CheckedInputs } from "./checked-inputs.ts";
import type { NodeConfig } from "./config.ts";
import { openDataFolder } from "./data-folder.ts";
import type { DutyContext } from "./context.ts";
import { CaseStore } from "./disputes/cases.ts";
import { stepCase } from "./disputes/step-case.ts";
import { step } from "./duty.ts";
import type { Evaluation } from "./evaluation/evaluation.ts";
import { WorkerPool, type WorkerPoolOptions } from "./evaluation/worker-pool.ts";
import type { NodeIdentity } from "./identity.ts";
import { JobStore } from "./jobs.ts";
import { createMetrics, type NodeMetrics } from "./metrics.ts";
import { ensureRegistered } from "./registration.ts";
import { keepForgetting } from "./retention.ts";
import { Scheduler } from "./scheduler.ts";
import { ServedModels } from "./served-models.ts";
import { startServer } from "./server.ts";
import { publicJob, type NodeStatus } from "./status.ts";
import { watchHub } from "./watcher.ts";

export interface NodeOptions {
  readonly config: NodeConfig;
  readonly deployment: Deployment;
  readonly identity: NodeIdentity;
  /** Where log lines go; standard output when omitted. */
  readonly logTo?: DestinationStream;
  /** What reads bytes and evaluates; worker threads when omitted. */
  readonly evaluation?: (options: WorkerPoolOptions) => Evaluation;
  /** Called when the node cannot go on by itself, e.g. its lock was lost. It stops either way. */
  readonly onFatal?: (error: Error) => void;
}

export interface RunningNode {
  readonly address: string;
  readonly node: Hex;
  readonly status: () => NodeStatus;
  readonly metrics: NodeMetrics;
  /** Lets running steps end, then closes everything. What was accepted goes on at the next start. */
  readonly stop: () => Promise<void>;
}

const STEPS_AT_ONCE = 16;
/** Milliseconds between two looks at what callbacks were ordered. */
const CALLBACKS_MS = 2_000;
/** Blocks before the last one handled in which orders are looked for at start: a week of 12 s each, and a little more. */
const ORDERS_BACK = 60_000;

/**
 * Starts a node: opens and locks its folder, registers it, makes its models ready, watches the chain.
 *
 * @returns when it serves; work goes on in the background until `stop`
 * @throws CloakworkError when the folder is busy, the chain cannot be reached, or the account cannot register. Nothing is left running then.
 */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { config, deployment, identity } = options;
  const log = pino(
    { level: config.logLevel, base: { node: identity.account.address } },
    options.logTo ?? pino.destination(1),
  );
  const stopping = new AbortController();
  await using stack = new AsyncDisposableStack();

  const folder = stack.use(
    await openDataFolder(config.data, (reason) => {
      log.fatal({ err: reason }, "the lock on the data folder was lost; stopping");
      stopping.abort(reason);
      options.onFatal?.(reason);
    }),
  );
  const store = await FileStore.open(folder.file("blobs"), {
    quotaBytes: config.quotaBytes,
    maxBlobBytes: config.maxBlobBytes,
    evictIdleMs: 60_000 * config.evictIdleMinutes,
  });
  const memory = folder.file("jobs.sqlite");
  const jobs = stack.use(new JobStore(memory));
  const answers = stack.use(new AnswerStore(memory));
  const checkedInputs = stack.use(new CheckedInputs(memory));
  const cases = stack.use(new CaseStore(memory));
  const provider = await openProvider(config.rpc, deployment.chainId);
  stack.defer(() => {
    provider.destroy();
  });
  const metrics = createMetrics();
  const signer = identity.account.connect(provider);
  const chain = await createChainPort(provider, deployment, signer);
  const makeEvaluation = options.evaluation ?? ((poolOptions) => new WorkerPool(poolOptions));
  const pool = stack.use(
    makeEvaluation({
      workers: config.workers,
      openKeySets: config.openKeySets,
      engine: config.engine,
      threads: config.threads,
      timeoutMs: config.evaluationSeconds * 1000,
      onRestart(reason) {
        metrics.workerRestarts.inc();
        log.error({ reason }, "an evaluating worker was replaced");
      },
    }),
  );
  const blobs = createBlobSource(store, config.peers, deployment.chainId);
  const models = new ServedModels({
    chain,
    blobs,
    pool,
    encryption: identity.encryption,
    bond: config.bond,
    only: config.models,
    maxPackageBytes: config.maxBlobBytes,
    log,
  });
  const health = new ChainHealth();
  const startedAt = new Date().toISOString();
  const status = (): NodeStatus => {
    const block = jobs.cursor();
    return {
      version: 1,
      node: chain.node,
      chainId: deployment.chainId,
      hub: deployment.contracts.hub,
      ...(block === undefined ? {} : { block }),
      startedAt,
      models: models
        .list()
        .map(({ modelId, version, name, plans }) => ({ id: modelId.toString(), version, name, plans: plans.length })),
      jobs: jobs.counts(),
      cases: cases.counts(),
      recent: jobs.recent(20).map(publicJob),
      storedBytes: store.usedBytes,
    };
  };
  const { server, address } = await startServer({
    host: config.host,
    port: config.port,
    blobs: {
      store,
      maxBytes: config.maxBlobBytes,
      uploadBytesPerMinute: config.uploadBytesPerMinute,
      downloadBytesPerMinute: config.downloadBytesPerMinute,
      concurrentUploads: config.concurrentUploads,
    },
    metrics,
    status,
    unhealthy: () => health.reason(),
  });
  stack.defer(() => server.close());

  const registered = await ensureRegistered(chain, {
    encryptionKey: identity.encryption.publicKey.point,
    endpoint: config.publicUrl ?? address,
    stake: config.stake,
  });
  log.info({ address, registered }, "serving");
  await models.refresh(stopping.signal);

  const context: DutyContext = {
    chain,
    jobs,
    answers,
    checkedInputs,
    models,
    blobs,
    pool,
    metrics,
    log,
    maxBlobBytes: config.maxBlobBytes,
    keepKeysMs: 86_400_000 * config.keepKeysDays,
    signal: stopping.signal,
  };
  const { challengeBond, audits } = config;
  const parameters = await getDisputeParameters(provider, deployment.contracts);
  const pace = { intervalMs: config.pollMs, concurrency: STEPS_AT_ONCE, log, signal: stopping.signal };
  const duties = new Scheduler({ ...pace, jobs, step: (job) => step(context, job) });
  const caseContext = { ...context, cases, parameters, challengeBond, audits };
  const disputes = new Scheduler({ ...pace, jobs: cases, step: (kase) => stepCase(caseContext, kase) });
  const watching = watchHub({
    chain,
    jobs,
    cases,
    models,
    wake(requestId) {
      duties.wake(requestId);
      disputes.wake(requestId);
    },
    // Nobody may foresee whose answers are looked into.
    looksInto: () => randomInt(2 ** 32) < config.challenge * 2 ** 32,
    metrics,
    health,
    log,
    pollMs: config.pollMs,
    signal: stopping.signal,
  });
  // Before that, a request whose callback is still to come would have to be older than any deadline allows.
  const fromBlock = Math.max(deployment.fromBlock, (jobs.cursor() ?? 0) - ORDERS_BACK);
  const ordered = { chain, signer, metrics, log, fromBlock, intervalMs: CALLBACKS_MS };
  const look = (requestId: bigint) => getRequest(provider, deployment.contracts, requestId);
  const background = [
    duties.run(),
    disputes.run(),
    watching,
    refreshGrants(models, config.grantsMs, log, stopping.signal),
    keepForgetting({ jobs, cases, answers, look, log }, stopping.signal),
    ...(config.callbacks ? [deliverCallbacks({ ...ordered, signal: stopping.signal })] : []),
  ];
  for (const task of background) {
    task.catch((error: unknown) => {
      if (stopping.signal.aborted) return;
      log.fatal({ err: error }, "the node cannot go on; stopping");
      stopping.abort(error);
      options.onFatal?.(error instanceof Error ? error : new Error(String(error)));
    });
  }

  const resources = stack.move();
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    stopping.abort(new CloakworkError("NODE_STOPPING", "The node is stopping.", "Start it again to go on."));
    await Promise.allSettled(background);
    await resources.disposeAsync();
    log.info("stopped");
  };
  return { address, node: chain.node, status, metrics, stop: () => (stopped ??= stop()) };
}

async function refreshGrants(models: ServedModels, everyMs: number, log: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    await models.refresh(signal).catch((error: unknown) => {
      if (!signal.aborted) log.warn({ err: error }, "could not look for new grants; trying again");
    });
  }
}
