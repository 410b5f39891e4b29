/** What there is to compute for a request: what it is bound to, fetched and checked against the chain, and the answer to it. */
import { bindingDigest, packsDigest } from "../chain/bindings.ts";
import { getKeySet } from "../chain/keys.ts";
import { getNode } from "../chain/nodes.ts";
import { findRequestEvent } from "../chain/request-events.ts";
import type { DutyState, Hex, InferenceRequest } from "../chain/types.ts";
import { gather } from "../digest/gather.ts";
import { bytes32, type Bytes32 } from "../digest/hex.ts";
import { checkBatchInputSize } from "../fhe/ckks/batch-input.ts";
import { refusalAnswer, resultAnswer, type FullAnswer } from "./answers.ts";
import type { FindOptions } from "./blob-source.ts";
import type { CheckedInput } from "./checked-inputs.ts";
import type { DutyContext } from "./context.ts";
import { BlobLimitError, EvaluationCrashedError } from "./errors.ts";
import type { FetchPacks, OnBatchProgress } from "./evaluation/evaluation.ts";
import type { CheckPayload, Evaluated, Verdict } from "./evaluation/messages.ts";
import { refusedBy } from "./evaluation/refusal.ts";
import type { ServedModel, ServedPlan } from "./served-models.ts";

/** An input stays here for so long after its request's deadline: a day, in which an answer can still be looked into. */
const KEEP_INPUT_MS = 24 * 60 * 60 * 1000;

/** A result that is a blob is served here for so long after its request's deadline: a week, for requesters who come back late. */
export const KEEP_RESULT_MS = 7 * 24 * 60 * 60 * 1000;

/** Nodes whose duty has come so far said that they hold input and keys. */
const HOLDING = new Set<DutyState>(["accepted", "committed", "posted", "rejected", "overruled", "released"]);

/** What there is to do for a request, or undefined when it is none of a plan served here. */
export interface Work {
  readonly requestId: bigint;
  readonly model: ServedModel;
  readonly served: ServedPlan;
  /** Computed here from the request's event, not taken from the hub. */
  readonly binding: Hex;
  readonly payload: () => Promise<Omit<CheckPayload, "packs">>;
  readonly packs: FetchPacks;
  readonly input: CheckedInput & {
    /** Of its bytes. */
    readonly size: number;
    /** It stays here until then, Unix milliseconds. */
    readonly keepUntil: number;
  };
}

/**
 * @param due the chain's seconds by which the work has to be on chain: whoever serves bytes slowly must not make this node late
 * @returns undefined when the request does not name a plan that is served here, or its event does not say what the hub holds it to
 */
export async function workOf(context: DutyContext, request: InferenceRequest, due: number): Promise<Work | undefined> {
  const { chain, models, blobs, checkedInputs, signal, maxBlobBytes, keepKeysMs } = context;
  const { provider, deployment } = chain;
  const model = models.get(request.modelId, request.version);
  const served = model?.plans[request.planIndex];
  if (!model || !served) return undefined;
  const event = await findRequestEvent(
    provider,
    deployment.contracts.hub,
    request.requestId,
    deployment.fromBlock,
    "requested",
  );
  if (!event) return undefined;
  const { binding } = event;
  const keySetId = bytes32(binding.keySetId);
  const digest = bindingDigest(deployment.chainId, deployment.contracts.hub, binding);
  if (digest !== request.binding || bytes32(binding.planDigest) !== served.digest) return undefined;
  const keySet = await getKeySet(provider, deployment.contracts, binding.keySetId);
  const bound = keySet.packs.slice(0, binding.packCount);
  if (packsDigest(bound) !== binding.packsDigest) return undefined;
  const end = Date.now() + 1000 * (due - (await chain.now()));
  const from = async (root: Hex, size: number, hints: readonly string[], keepUntil: number): Promise<FindOptions> => {
    if (size > maxBlobBytes) throw new BlobLimitError(size, maxBlobBytes);
    const holders = (await blobs.has(bytes32(root))) ? [] : await endpointsOfHolders(context, request);
    // The other half is for what is done with the bytes.
    const withinMs = Math.max(0, end - Date.now()) / 2;
    return { maxBytes: size, hints: [...hints, ...holders], signal, withinMs, keepUntil };
  };
  const input: Work["input"] = {
    planDigest: served.digest,
    keySetId,
    blobRoot: bytes32(binding.inputBlobRoot),
    residuesRoot: bytes32(binding.inputResiduesRoot),
    size: binding.inputSize,
    keepUntil: 1000 * event.deadline + KEEP_INPUT_MS,
  };
  return {
    requestId: request.requestId,
    model,
    served,
    binding: digest,
    async payload() {
      const { blobRoot, residuesRoot, size, keepUntil } = input;
      const options = await from(blobRoot, size, [event.inputUri, keySet.uri], keepUntil);
      const isBatch = served.plan.batch !== undefined;
      const given = isBatch
        ? { residuesRoot, file: await blobs.file(blobRoot, options), digests: checkedInputs.get(input) }
        : { residuesRoot, bytes: await blobs.get(blobRoot, options) };
      return { planDigest: served.digest, keySetId, packsDigest: bytes32(binding.packsDigest), input: given };
    },
    input,
    packs: () =>
      Promise.all(
        bound.map(async ({ blobRoot: root, residuesRoot, size }) => {
          const options = await from(root, size, [keySet.uri, event.inputUri], Date.now() + keepKeysMs);
          const bytes = await gather(blobs.pieces(bytes32(root), options), size);
          return { residuesRoot: bytes32(residuesRoot), bytes };
        }),
      ),
  };
}

/** Where nodes that hold the input serve it; this node's own address is not among them. */
async function endpointsOfHolders({ chain }: DutyContext, { duties }: InferenceRequest): Promise<string[]> {
  const holders = duties.filter(
    ({ node, state }) => HOLDING.has(state) && node.toLowerCase() !== chain.node.toLowerCase(),
  );
  const nodes = await Promise.all(holders.map(({ node }) => getNode(chain.provider, chain.deployment.contracts, node)));
  return nodes.flatMap((node) => (node === undefined ? [] : [node.endpoint]));
}

type Checking = Pick<DutyContext, "pool" | "blobs" | "checkedInputs" | "log">;

/**
 * What the deterministic parser says of a request. A batch's input of the wrong size is refused before anything is fetched.
 *
 * @throws StorageError or BlobUnavailableError when input or keys cannot be had; CloakworkError for a fault of this node
 */
export async function check({ pool, blobs, checkedInputs, log }: Checking, work: Work): Promise<Verdict> {
  const { plan } = work.served;
  if (plan.batch !== undefined) {
    try {
      checkBatchInputSize(work.input.size, plan);
    } catch (error) {
      const refused = refusedBy(error);
      if (refused === undefined) throw error;
      return refused;
    }
  }
  const payload = await work.payload();
  const verdict = await pool.check(payload, work.packs, teller(log, work));
  if (verdict.ok) {
    // Kept before the duty is accepted: whatever happens in between, it is not checked again.
    if (verdict.digests) checkedInputs.keep(work.input, verdict.digests, work.input.keepUntil);
  } else if ("file" in payload.input) {
    // Bytes on the disk were checked when they came. Before a requester is blamed, they are looked at again.
    await blobs.verify(work.input.blobRoot);
  }
  return verdict;
}

/** Evaluates a request whose bytes were checked. */
export async function evaluate(context: DutyContext, request: InferenceRequest, work: Work): Promise<Evaluated> {
  const { chain, pool, metrics, log } = context;
  const { contracts, chainId } = chain.deployment;
  const payload = {
    ...(await work.payload()),
    chainId: BigInt(chainId),
    hub: contracts.hub.toLowerCase() as Hex,
    request: request.requestId,
    seed: work.model.seed(request.noiseIndex),
  };
  const evaluated = await reading(context, work, () => pool.evaluate(payload, work.packs, teller(log, work)));
  metrics.evaluationSeconds.observe({ model: work.model.name }, evaluated.milliseconds / 1000);
  metrics.wasmHandles.set(evaluated.handles);
  log.info(
    { ...named(work), milliseconds: Math.round(evaluated.milliseconds), bytes: evaluated.result.length },
    "evaluated a request",
  );
  return evaluated;
}

/** Work that reads a batch's ciphertexts: when it fails they may be what failed, so all of them are looked at, and checked from the beginning next time. */
async function reading<T>({ blobs, checkedInputs }: Checking, work: Work, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (work.served.plan.batch !== undefined && !(error instanceof EvaluationCrashedError)) {
      checkedInputs.forget(work.input);
      await blobs.verify(work.input.blobRoot);
    }
    throw error;
  }
}

/** How log lines name a request. */
function named({ requestId, model: { name } }: Work): { readonly request: string; readonly model: string } {
  return { request: requestId.toString(), model: name };
}

/** Logs how far long work on a batch has come. */
function teller(log: DutyContext["log"], work: Work): OnBatchProgress {
  return ({ stage, done, total }) => {
    const what = stage === "read" ? "reading the input of a batch" : "evaluating a batch";
    log.info({ ...named(work), ciphertext: done, of: total }, what);
  };
}

/**
 * The answer to a request: what the parser refuses is refused, anything else evaluated.
 *
 * @throws StorageError or BlobUnavailableError when input or keys cannot be had; CloakworkError for a fault of this node
 */
export async function answerTo(context: DutyContext, request: InferenceRequest, work: Work): Promise<FullAnswer> {
  const verdict = await check(context, work);
  if (!verdict.ok) return refusalAnswer(verdict.code);
  return resultAnswer((await evaluate(context, request, work)).result);
}

/**
 * Serves a result that is a blob, as whoever computed it does, so that the requester finds it wherever one of them can be reached.
 *
 * @param request of which it is the answer
 */
export async function serveResult(
  { blobs }: Pick<DutyContext, "blobs">,
  { deadline }: Pick<InferenceRequest, "deadline">,
  { kind, data }: FullAnswer,
): Promise<void> {
  if (kind === 1 || kind === 4) await blobs.keep(data, 1000 * deadline + KEEP_RESULT_MS);
}

/** The digest of the state at a step of a request whose bytes were checked. */
export async function stateOf(context: DutyContext, work: Work, step: number): Promise<Bytes32> {
  const payload = { ...(await work.payload()), step };
  return await reading(context, work, () => context.pool.stateAt(payload, work.packs));
}
