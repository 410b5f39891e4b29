/** The operator's daemon: watches the chain, serves blobs, evaluates, posts. Everything it must not lose is on disk or on chain. */
import { setTimeout as sleep } from "node:timers/promises";

import { pino, type DestinationStream, type Logger } from "pino";

import { openProvider } from "../chain/provider.ts";
import type { Deployment, Hex, RequestEvent } from "../chain/types.ts";
import { watchRequests } from "../chain/watch.ts";
import { CloakworkError } from "../errors.ts";
import { FileStore } from "../storage/file-store.ts";
import { createBlobSource } from "./blob-source.ts";
import { createChainPort, type ChainPort } from "./chain-port.ts";
import type { NodeConfig } from "./config.ts";
import { openDataFolder } from "./data-folder.ts";
import { step } from "./duty.ts";
import { WorkerPool } from "./evaluation/worker-pool.ts";
import type { NodeIdentity } from "./identity.ts";
import { JobStore } from "./jobs.ts";
import { createMetrics, type NodeMetrics } from "./metrics.ts";
import { ensureRegistered } from "./registration.ts";
import { Scheduler } from "./scheduler.ts";
import { ServedModels } from "./served-models.ts";
import { startServer } from "./server.ts";
import { publicJob, type NodeStatus } from "./status.ts";

export interface NodeOptions {
  readonly config: NodeConfig;
  readonly deployment: Deployment;
  readonly identity: NodeIdentity;
  /** Where log lines go; standard output when omitted. */
  readonly logTo?: DestinationStream;
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
/** Failures of the chain in a row before `/health` says so. */
const UNHEALTHY_FAILURES = 3;

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
  const jobs = stack.use(new JobStore(folder.file("jobs.sqlite")));
  const provider = await openProvider(config.rpc, deployment.chainId);
  stack.defer(() => {
    provider.destroy();
  });
  const metrics = createMetrics();
  const chain = await createChainPort(provider, deployment, identity.account.connect(provider));
  const pool = stack.use(
    new WorkerPool({
      workers: config.workers,
      openKeySets: config.openKeySets,
      engine: config.engine,
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

  const context = {
    chain,
    jobs,
    models,
    blobs,
    pool,
    metrics,
    log,
    maxBlobBytes: config.maxBlobBytes,
    keepKeysMs: 86_400_000 * config.keepKeysDays,
    signal: stopping.signal,
  };
  const scheduler = new Scheduler({
    jobs,
    step: (job) => step(context, job),
    intervalMs: config.pollMs,
    concurrency: STEPS_AT_ONCE,
    log,
    signal: stopping.signal,
  });
  const background = [
    scheduler.run(),
    watch({ chain, jobs, models, scheduler, metrics, health, log, config, signal: stopping.signal }),
    refreshGrants(models, config.grantsMs, log, stopping.signal),
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

interface Watching {
  readonly chain: ChainPort;
  readonly jobs: JobStore;
  readonly models: ServedModels;
  readonly scheduler: Scheduler;
  readonly metrics: NodeMetrics;
  readonly health: ChainHealth;
  readonly log: Logger;
  readonly config: NodeConfig;
  readonly signal: AbortSignal;
}

async function watch({
  chain,
  jobs,
  models,
  scheduler,
  metrics,
  health,
  log,
  config,
  signal,
}: Watching): Promise<void> {
  const { deployment, provider } = chain;
  const onEvent = (event: RequestEvent): void => {
    if (event.type === "requested" && models.get(event.binding.modelId, event.binding.version))
      jobs.add(event.requestId, event.deadline);
    if (event.type === "assigned" && event.node.toLowerCase() === chain.node.toLowerCase())
      jobs.add(event.requestId, event.acceptBy);
    scheduler.wake(event.requestId);
  };
  await watchRequests(
    provider,
    deployment.contracts.hub,
    (jobs.cursor() ?? deployment.fromBlock - 1) + 1,
    onEvent,
    signal,
    {
      pollMs: config.pollMs,
      onProgress(block) {
        jobs.setCursor(block);
        metrics.block.set(block);
        metrics.jobs.reset();
        for (const [state, count] of Object.entries(jobs.counts())) metrics.jobs.set({ state }, count);
        health.ok();
      },
      onFailure(error, retryInMs) {
        metrics.chainErrors.inc();
        health.failed(error.message);
        log.warn({ code: error.code, retryInMs }, error.message);
      },
    },
  );
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

/** Whether the chain answers. */
class ChainHealth {
  #failures = 0;
  #last = "";

  ok(): void {
    this.#failures = 0;
  }

  failed(reason: string): void {
    this.#failures += 1;
    this.#last = reason;
  }

  reason(): string | undefined {
    return this.#failures >= UNHEALTHY_FAILURES ? this.#last : undefined;
  }
}
