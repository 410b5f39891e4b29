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
import type { DutyContext } from "./context.ts";
import { BlobLimitError } from "./errors.ts";
import type { Evaluation, FetchPacks, OnBatchProgress } from "./evaluation/evaluation.ts";
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
  /** Root and size of the input's bytes. */
  readonly input: { readonly root: Bytes32; readonly size: number };
}

/**
 * @param due the chain's seconds by which the work has to be on chain: whoever serves bytes slowly must not make this node late
 * @returns undefined when the request does not name a plan that is served here, or its event does not say what the hub holds it to
 */
export async function workOf(context: DutyContext, request: InferenceRequest, due: number): Promise<Work | undefined> {
  const { chain, models, blobs, signal, maxBlobBytes, keepKeysMs } = context;
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
  const inputBlob = bytes32(binding.inputBlobRoot);
  return {
    requestId: request.requestId,
    model,
    served,
    binding: digest,
    async payload() {
      const hints = [event.inputUri, keySet.uri];
      const options = await from(inputBlob, binding.inputSize, hints, 1000 * event.deadline + KEEP_INPUT_MS);
      const residuesRoot = bytes32(binding.inputResiduesRoot);
      const isBatch = served.plan.batch !== undefined;
      const input = isBatch
        ? { residuesRoot, file: await blobs.file(inputBlob, options) }
        : { residuesRoot, bytes: await blobs.get(inputBlob, options) };
      return { planDigest: served.digest, keySetId, packsDigest: bytes32(binding.packsDigest), input };
    },
    input: { root: inputBlob, size: binding.inputSize },
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

/**
 * What the deterministic parser says of a request. A batch's input of the wrong size is refused before anything is fetched.
 *
 * @throws StorageError or BlobUnavailableError when input or keys cannot be had; CloakworkError for a fault of this node
 */
export async function check({ pool, blobs, log }: DutyContext, work: Work): Promise<Verdict> {
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
  // Bytes on the disk were checked when they came. Before a requester is blamed, they are looked at again.
  if (!verdict.ok && "file" in payload.input) await blobs.verify(work.input.root);
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
  const evaluated = await pool.evaluate(payload, work.packs, teller(log, work)).catch(async (error: unknown) => {
    if ("file" in payload.input) await context.blobs.verify(work.input.root);
    throw error;
  });
  metrics.evaluationSeconds.observe({ model: work.model.name }, evaluated.milliseconds / 1000);
  metrics.wasmHandles.set(evaluated.handles);
  log.info(
    { ...named(work), milliseconds: Math.round(evaluated.milliseconds), bytes: evaluated.result.length },
    "evaluated a request",
  );
  return evaluated;
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
export async function stateOf(pool: Evaluation, work: Work, step: number): Promise<Bytes32> {
  return await pool.stateAt({ ...(await work.payload()), step }, work.packs);
}
