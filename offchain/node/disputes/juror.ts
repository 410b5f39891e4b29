/** A juror's part: evaluate again, commit to a vote, and once a step is drawn, tell the vote and show the state there. */
import { workDigest } from "../../chain/bindings.ts";
import { commitVote, getSeed, revealVote, type Dispute } from "../../chain/disputes.ts";
import type { Hex } from "../../chain/types.ts";
import { bytes32 } from "../../digest/hex.ts";
import { drawnStep, NO_STATE } from "../../fhe/engine/state.ts";
import { BlobUnavailableError, StorageError } from "../../storage/errors.ts";
import { UNAVAILABLE, type FullAnswer, type KeptAnswer } from "../answers.ts";
import { ModelGoneError } from "../errors.ts";
import { answerTo, serveResult, stateOf, workOf } from "../work.ts";
import type { CaseContext, CaseSituation } from "./context.ts";
import { commitmentOf } from "./receipt.ts";

/** What says that the bytes are not to be had, and not that this node's disk or limits are at fault. */
const MISSING = new Set<string>([
  "BLOB_NOT_FOUND",
  "BLOB_DIGEST_MISMATCH",
  "ENDPOINT_UNREACHABLE",
  "ENDPOINT_REFUSED",
  "TRANSFER_STALLED",
]);

function isMissing(error: unknown): boolean {
  return error instanceof BlobUnavailableError || (error instanceof StorageError && MISSING.has(error.code));
}

/** Evaluates, keeps the answer with its salt, then commits to it. */
export async function vote(context: CaseContext, situation: CaseSituation, { due }: Dispute): Promise<void> {
  const { chain, answers, metrics, log } = context;
  const { request } = situation;
  const { requestId, binding } = request;
  const kept = answers.get(binding, "juror") ?? answers.keep(binding, "juror", await judge(context, situation, due));
  const commitment = commitmentOf(chain, request, kept);
  await chain.transact((signer) => commitVote(signer, chain.deployment.contracts, requestId, commitment));
  metrics.votes.inc({ outcome: "committed" });
  log.info({ request: requestId.toString() }, "drawn as a juror: evaluated the request and committed to a vote");
}

/** The answer as this node finds it. What cannot be fetched is looked for until half of the time is over; then it cannot be had. */
async function judge(context: CaseContext, { request, now }: CaseSituation, due: number): Promise<FullAnswer> {
  const work = await workOf(context, request);
  if (!work) throw new ModelGoneError();
  try {
    return await answerTo(context, request, work);
  } catch (error) {
    context.signal.throwIfAborted();
    if (!isMissing(error) || now < due - context.parameters.commitWindow / 2) throw error;
    context.log.warn({ request: request.requestId.toString(), err: error }, "input or keys cannot be had: voting so");
    return UNAVAILABLE;
  }
}

/**
 * This node's state digest at the drawn step, kept once it is known.
 *
 * @returns undefined while the step is not drawn
 */
async function ownState(
  context: CaseContext,
  { kase, request }: CaseSituation,
  { round }: Dispute,
  kept: KeptAnswer,
): Promise<Hex | undefined> {
  if (kept.kind > 1) return NO_STATE;
  if (kase.stateDigest !== undefined) return kase.stateDigest;
  const seed = await getSeed(context.chain.provider, context.chain.deployment.contracts, round);
  if (seed === undefined) return undefined;
  const work = await workOf(context, request);
  if (!work) throw new ModelGoneError();
  const step = drawnStep(work.served.plan, bytes32(seed));
  const digest = step === undefined ? NO_STATE : await stateOf(context.pool, work, step);
  context.cases.update(request.requestId, { stateDigest: digest });
  return digest;
}

/** Tells the vote with the work it took. The state digest itself stays here until all votes are told. */
export async function revealOwnVote(context: CaseContext, situation: CaseSituation, dispute: Dispute): Promise<void> {
  const { chain, answers, metrics, log } = context;
  const { request } = situation;
  const { requestId, binding } = request;
  const kept = answers.get(binding, "juror");
  if (!kept) {
    log.error({ request: requestId.toString() }, "the vote committed to is not in this data folder: it cannot be told");
    return;
  }
  const state = await ownState(context, situation, dispute, kept);
  if (state === undefined) return;
  await serveResult(context, request, kept);
  const work = workDigest(state, chain.node);
  const { contracts } = chain.deployment;
  await chain.transact((signer) => revealVote(signer, contracts, requestId, kept, work, kept.salt));
  metrics.votes.inc({ outcome: "revealed" });
}
