/**
 * One request from this node's side. `step` looks at the chain and at what was done here, and does the next thing. It can be called at any
 * time, any number of times, after any crash: what counts is the chain.
 */
import type { Logger } from "pino";

import { bindingDigest, packsDigest } from "../chain/bindings.ts";
import {
  acceptDuty,
  assignRequest,
  declineDuty,
  postResult,
  reassignRequest,
  rejectInput,
  settleRequest,
} from "../chain/duties.ts";
import { getKeySet } from "../chain/keys.ts";
import { findRequestEvent } from "../chain/request-events.ts";
import { getRequest } from "../chain/requests.ts";
import type { Duty, Hex, InferenceRequest } from "../chain/types.ts";
import { bytes32, toHex } from "../digest/hex.ts";
import { blobRoot } from "../digest/merkle.ts";
import { CloakworkError } from "../errors.ts";
import type { BlobSource } from "./blob-source.ts";
import type { ChainPort } from "./chain-port.ts";
import type { CheckPayload, Verdict } from "./evaluation/messages.ts";
import type { FetchPacks, WorkerPool } from "./evaluation/worker-pool.ts";
import type { Job, JobStore } from "./jobs.ts";
import type { NodeMetrics } from "./metrics.ts";
import type { ServedModel, ServedModels } from "./served-models.ts";

export interface DutyContext {
  readonly chain: ChainPort;
  readonly jobs: JobStore;
  readonly models: ServedModels;
  readonly blobs: BlobSource;
  readonly pool: WorkerPool;
  readonly metrics: NodeMetrics;
  readonly log: Logger;
  readonly maxBlobBytes: number;
  /** How long a user's keys stay here after they were fetched last, milliseconds. */
  readonly keepKeysMs: number;
  readonly signal: AbortSignal;
}

/** Everything `step` works with: the job, the request as it stands, and this node's part in it. */
interface Situation {
  readonly job: Job;
  readonly request: InferenceRequest;
  readonly mine: Duty | undefined;
  readonly now: number;
}

/** Seconds before a deadline at which a step is no longer begun. */
const MARGIN = 2;

/** A duty whose input or keys cannot be had is declined after so many attempts, or so many seconds before its deadline. */
const MAX_ATTEMPTS = 5;
const LAST_SECONDS = 10;

/** An input stays here for so long after its request's deadline: a day, in which an answer can still be looked into. */
const KEEP_INPUT_MS = 24 * 60 * 60 * 1000;

/** Contract errors that mean somebody else did it first, or it is not time yet: the next look decides again. */
const BENIGN = new Set([
  "INFERENCE_HUB_WRONG_STATE",
  "INFERENCE_HUB_DRAW_PENDING",
  "INFERENCE_HUB_DRAW_EXPIRED",
  "INFERENCE_HUB_TOO_EARLY",
  "INFERENCE_HUB_TOO_LATE",
  "INFERENCE_HUB_NOT_YOUR_DUTY",
]);

/**
 * Does the next thing for a request, if there is one.
 *
 * @throws CloakworkError when a step failed; the job stays as it is and is tried again
 */
export async function step(context: DutyContext, job: Job): Promise<void> {
  const { chain } = context;
  const request = await getRequest(chain.provider, chain.deployment.contracts, job.requestId);
  const mine = request.duties.find(({ node }) => node.toLowerCase() === chain.node.toLowerCase());
  const situation: Situation = { job, request, mine, now: await chain.now() };
  try {
    await next(context, situation);
  } catch (error) {
    if (!(error instanceof CloakworkError) || !BENIGN.has(error.code)) throw error;
  }
}

async function next(context: DutyContext, situation: Situation): Promise<void> {
  const { request, mine, now } = situation;
  const { chain, jobs } = context;
  const { contracts } = chain.deployment;
  const { requestId } = request;
  switch (request.state) {
    case "requested":
      if (now < request.deadline) await chain.transact((signer) => assignRequest(signer, contracts, requestId));
      else jobs.move(requestId, "ended", { note: "its deadline passed before a draw" });
      return;
    case "assigned":
    case "accepted":
      if (mine?.state === "assigned") await acceptOrRefuse(context, situation, mine);
      else if (mine?.state === "accepted") await answer(context, situation, mine);
      else await takeFromSilentNode(context, situation);
      return;
    case "posted":
    case "rejected":
      if (!mine) jobs.move(requestId, "ended", { note: "answered by another node" });
      else if (now > request.until) await chain.transact((signer) => settleRequest(signer, contracts, requestId));
      else jobs.move(requestId, request.state, { dueBy: request.until });
      return;
    case "settled":
      if (mine) context.metrics.requests.inc({ outcome: "settled" });
      jobs.move(requestId, "ended", { note: "settled" });
      return;
    case "refunded":
      jobs.move(requestId, "ended", { note: "refunded" });
      return;
    case "committed":
    case "challenged":
      return;
  }
}

async function takeFromSilentNode({ chain }: DutyContext, { request, now }: Situation): Promise<void> {
  const late = request.duties.some(({ state, dueBy }) => (state === "assigned" || state === "accepted") && now > dueBy);
  if (late) await chain.transact((signer) => reassignRequest(signer, chain.deployment.contracts, request.requestId));
}

async function acceptOrRefuse(context: DutyContext, situation: Situation, duty: Duty): Promise<void> {
  const { chain, jobs, metrics, log } = context;
  const { contracts } = chain.deployment;
  const { requestId, binding: onChain } = situation.request;
  if (situation.now > duty.dueBy - MARGIN) return;
  const { job } = situation;
  // A draw is recorded once: recording it again would forget the failed attempts.
  if (job.state !== "assigned" || job.dueBy !== duty.dueBy) jobs.move(requestId, "assigned", { dueBy: duty.dueBy });
  const work = await workOf(context, situation.request);
  if (!work) {
    await chain.transact((signer) => declineDuty(signer, contracts, requestId));
    metrics.requests.inc({ outcome: "declined" });
    jobs.move(requestId, "ended", { note: "declined: the request does not name a plan that is served here" });
    return;
  }
  let verdict: Verdict;
  try {
    verdict = await context.pool.check(await work.payload(), work.packs);
  } catch (error) {
    context.signal.throwIfAborted();
    await retryOrDecline(context, situation, duty, error);
    return;
  }
  if (verdict.ok) {
    await chain.transact((signer) => acceptDuty(signer, contracts, requestId, work.binding));
    metrics.requests.inc({ outcome: "accepted" });
    jobs.move(requestId, "accepted");
  } else {
    const { code, name, reason } = verdict;
    log.warn({ request: requestId.toString(), code, name }, reason);
    await chain.transact((signer) => rejectInput(signer, contracts, requestId, onChain, code));
    metrics.requests.inc({ outcome: "rejected" });
    jobs.move(requestId, "rejected", { note: `${name}: ${reason}` });
  }
}

/** What could not be fetched or read for a reason of our own may work at the next look; in the end the duty is given back. */
async function retryOrDecline(
  { chain, jobs, metrics }: DutyContext,
  { request, now }: Situation,
  duty: Duty,
  error: unknown,
): Promise<void> {
  const note = error instanceof Error ? error.message : String(error);
  const attempts = jobs.failed(request.requestId, note);
  if (attempts < MAX_ATTEMPTS && now < duty.dueBy - LAST_SECONDS) throw error;
  await chain.transact((signer) => declineDuty(signer, chain.deployment.contracts, request.requestId));
  metrics.requests.inc({ outcome: "declined" });
  jobs.move(request.requestId, "drawing", { note: `declined: ${note}` });
}

async function answer(context: DutyContext, { job, request, now }: Situation, duty: Duty): Promise<void> {
  const { chain, jobs, metrics, pool } = context;
  const { contracts, chainId } = chain.deployment;
  const { requestId } = request;
  if (now > duty.dueBy) {
    jobs.move(requestId, "ended", { note: "the deadline to post was missed" });
    return;
  }
  let result = jobs.result(requestId);
  if (!result) {
    const work = await workOf(context, request);
    if (!work)
      throw new CloakworkError(
        "NODE_MODEL_GONE",
        "The model version of an accepted request is not served here any more.",
        "Grant and serve it again before the deadline.",
      );
    const seed = work.model.seed(request.noiseIndex);
    const payload = {
      ...(await work.payload()),
      chainId: BigInt(chainId),
      hub: contracts.hub.toLowerCase() as Hex,
      request: requestId,
      seed,
    };
    const evaluated = await pool.evaluate(payload, work.packs);
    metrics.evaluationSeconds.observe({ model: work.model.name }, evaluated.milliseconds / 1000);
    metrics.wasmHandles.set(evaluated.handles);
    result = evaluated.result;
    // Stored before it is posted: a crash in between must not evaluate again.
    jobs.move(requestId, "evaluated", { dueBy: duty.dueBy, result });
  }
  const ref = { kind: 0, size: result.length, digest: blobRoot(result), data: toHex(result) } as const;
  await chain.transact((signer) => postResult(signer, contracts, requestId, ref));
  metrics.requests.inc({ outcome: "posted" });
  metrics.answerSeconds.observe((Date.now() - job.createdAt) / 1000);
  jobs.move(requestId, "posted");
}

/** What there is to do for a request, or undefined when it is none of a plan served here. */
interface Work {
  readonly model: ServedModel;
  /** Computed here from the request's event, not taken from the hub. */
  readonly binding: Hex;
  readonly payload: () => Promise<Omit<CheckPayload, "packs">>;
  readonly packs: FetchPacks;
}

async function workOf(context: DutyContext, request: InferenceRequest): Promise<Work | undefined> {
  const { chain, models, blobs, signal, maxBlobBytes, keepKeysMs } = context;
  const { provider, deployment } = chain;
  const event = await findRequestEvent(
    provider,
    deployment.contracts.hub,
    request.requestId,
    deployment.fromBlock,
    "requested",
  );
  const model = models.get(request.modelId, request.version);
  const served = model?.plans[request.planIndex];
  if (!event || !model || !served) return undefined;
  const { binding } = event;
  const keySetId = bytes32(binding.keySetId);
  const digest = bindingDigest(deployment.chainId, deployment.contracts.hub, binding);
  if (digest !== request.binding || bytes32(binding.planDigest) !== served.digest) return undefined;
  const keySet = await getKeySet(provider, deployment.contracts, binding.keySetId);
  const bound = keySet.packs.slice(0, binding.packCount);
  if (packsDigest(bound) !== binding.packsDigest) return undefined;
  return {
    model,
    binding: digest,
    async payload() {
      const bytes = await blobs.get(bytes32(binding.inputBlobRoot), {
        maxBytes: Math.min(binding.inputSize, maxBlobBytes),
        hints: [event.inputUri, keySet.uri],
        signal,
        keepUntil: 1000 * event.deadline + KEEP_INPUT_MS,
      });
      const input = { residuesRoot: bytes32(binding.inputResiduesRoot), bytes };
      return { planDigest: served.digest, keySetId, packsDigest: bytes32(binding.packsDigest), input };
    },
    packs: () =>
      Promise.all(
        bound.map(async ({ blobRoot: root, residuesRoot, size }) => {
          const bytes = await blobs.get(bytes32(root), {
            maxBytes: Math.min(size, maxBlobBytes),
            hints: [keySet.uri, event.inputUri],
            signal,
            keepUntil: Date.now() + keepKeysMs,
          });
          return { residuesRoot: bytes32(residuesRoot), bytes };
        }),
      ),
  };
}
