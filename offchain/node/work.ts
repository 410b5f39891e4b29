/** What there is to compute for a request: what it is bound to, fetched and checked against the chain, and the answer to it. */
import { bindingDigest, packsDigest } from "../chain/bindings.ts";
import { getKeySet } from "../chain/keys.ts";
import { getNode } from "../chain/nodes.ts";
import { findRequestEvent } from "../chain/request-events.ts";
import type { DutyState, Hex, InferenceRequest } from "../chain/types.ts";
import { bytes32, type Bytes32 } from "../digest/hex.ts";
import { refusalAnswer, resultAnswer, type FullAnswer } from "./answers.ts";
import type { DutyContext } from "./context.ts";
import { BlobLimitError } from "./errors.ts";
import type { Evaluation, FetchPacks } from "./evaluation/evaluation.ts";
import type { CheckPayload, Evaluated } from "./evaluation/messages.ts";
import type { ServedModel, ServedPlan } from "./served-models.ts";

/** An input stays here for so long after its request's deadline: a day, in which an answer can still be looked into. */
const KEEP_INPUT_MS = 24 * 60 * 60 * 1000;

/** Nodes whose duty has come so far said that they hold input and keys. */
const HOLDING = new Set<DutyState>(["accepted", "committed", "posted", "rejected", "overruled", "released"]);

/** What there is to do for a request, or undefined when it is none of a plan served here. */
export interface Work {
  readonly model: ServedModel;
  readonly served: ServedPlan;
  /** Computed here from the request's event, not taken from the hub. */
  readonly binding: Hex;
  readonly payload: () => Promise<Omit<CheckPayload, "packs">>;
  readonly packs: FetchPacks;
}

/** @returns undefined when the request does not name a plan that is served here, or its event does not say what the hub holds it to */
export async function workOf(context: DutyContext, request: InferenceRequest): Promise<Work | undefined> {
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
  const fetch = async (root: Hex, size: number, hints: readonly string[], keepUntil: number): Promise<Uint8Array> => {
    if (size > maxBlobBytes) throw new BlobLimitError(size, maxBlobBytes);
    const holders = (await blobs.has(bytes32(root))) ? [] : await endpointsOfHolders(context, request);
    return await blobs.get(bytes32(root), { maxBytes: size, hints: [...hints, ...holders], signal, keepUntil });
  };
  return {
    model,
    served,
    binding: digest,
    async payload() {
      const { inputBlobRoot, inputSize, inputResiduesRoot } = binding;
      const hints = [event.inputUri, keySet.uri];
      const bytes = await fetch(inputBlobRoot, inputSize, hints, 1000 * event.deadline + KEEP_INPUT_MS);
      const input = { residuesRoot: bytes32(inputResiduesRoot), bytes };
      return { planDigest: served.digest, keySetId, packsDigest: bytes32(binding.packsDigest), input };
    },
    packs: () =>
      Promise.all(
        bound.map(async ({ blobRoot: root, residuesRoot, size }) => {
          const bytes = await fetch(root, size, [keySet.uri, event.inputUri], Date.now() + keepKeysMs);
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

/** Evaluates a request whose bytes were checked. */
export async function evaluate(context: DutyContext, request: InferenceRequest, work: Work): Promise<Evaluated> {
  const { chain, pool, metrics } = context;
  const { contracts, chainId } = chain.deployment;
  const payload = {
    ...(await work.payload()),
    chainId: BigInt(chainId),
    hub: contracts.hub.toLowerCase() as Hex,
    request: request.requestId,
    seed: work.model.seed(request.noiseIndex),
  };
  const evaluated = await pool.evaluate(payload, work.packs);
  metrics.evaluationSeconds.observe({ model: work.model.name }, evaluated.milliseconds / 1000);
  metrics.wasmHandles.set(evaluated.handles);
  return evaluated;
}

/**
 * The answer to a request: what the parser refuses is refused, anything else evaluated.
 *
 * @throws StorageError or BlobUnavailableError when input or keys cannot be had; CloakworkError for a fault of this node
 */
export async function answerTo(context: DutyContext, request: InferenceRequest, work: Work): Promise<FullAnswer> {
  const verdict = await context.pool.check(await work.payload(), work.packs);
  if (!verdict.ok) return refusalAnswer(verdict.code);
  return resultAnswer((await evaluate(context, request, work)).result);
}

/** The digest of the state at a step of a request whose bytes were checked. */
export async function stateOf(pool: Evaluation, work: Work, step: number): Promise<Bytes32> {
  return await pool.stateAt({ ...(await work.payload()), step }, work.packs);
}
