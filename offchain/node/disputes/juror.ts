/** A juror's part: evaluate again, commit to a vote, and once a step is drawn, tell the vote and show the state there. */
import { workDigest } from "../../chain/bindings.ts";
import { commitVote, getSeed, revealVote, type Dispute } from "../../chain/disputes.ts";
import type { Hex } from "../../chain/types.ts";
import { bytes32, ZERO_HASH } from "../../digest/hex.ts";
import { drawnStep, NO_STATE } from "../../fhe/engine/state.ts";
import { BlobUnavailableError, StorageError } from "../../storage/errors.ts";
import { isEvaluated, UNAVAILABLE, withheldAnswer, type FullAnswer, type KeptAnswer } from "../answers.ts";
import { ModelGoneError } from "../errors.ts";
import { answerTo, serveResult, stateOf, workOf } from "../work.ts";
import type { CaseContext, CaseSituation } from "./context.ts";
import { commitmentOf, receiptOf } from "./receipt.ts";
import { isServed } from "./served.ts";

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

/** The part of the time to vote after which nothing is looked for any more, and as many looks until then. */
const LOOKS = { part: 2, count: 20 } as const;

/**
 * Evaluates, keeps the answer with its salt, then commits to it.
 *
 * @returns milliseconds after which to look again, because the requester says that the result is withheld and it still is; 0 when the vote is sent
 */
export async function vote(context: CaseContext, situation: CaseSituation, dispute: Dispute): Promise<number> {
  const { chain, answers, parameters, metrics, log } = context;
  const { request } = situation;
  const { requestId, binding } = request;
  let kept = answers.get(binding, "juror");
  if (!kept) {
    const own = await judge(context, situation, dispute);
    if (!own) return (1000 * parameters.commitWindow) / LOOKS.part / LOOKS.count;
    kept = answers.keep(binding, "juror", own);
  }
  const commitment = commitmentOf(chain, request, kept);
  await chain.transact((signer) => commitVote(signer, chain.deployment.contracts, requestId, commitment));
  metrics.votes.inc({ outcome: "committed" });
  log.info({ request: requestId.toString() }, "drawn as a juror: evaluated the request and committed to a vote");
  return 0;
}

/**
 * The answer as this node finds it. What cannot be fetched is looked for until half of the time is over; then it cannot be had.
 *
 * @returns undefined while a result the requester says is withheld is looked for
 */
async function judge(
  context: CaseContext,
  { request, now }: CaseSituation,
  { due, standing, withheld }: Dispute,
): Promise<FullAnswer | undefined> {
  const { chain, parameters, log } = context;
  const line = { request: request.requestId.toString() };
  const isLate = (at: number): boolean => at >= due - parameters.commitWindow / LOOKS.part;
  const served = withheld === ZERO_HASH || (await isServed(context, request));
  if (!served && !isLate(now)) return undefined;
  const work = await workOf(context, request, due);
  if (!work) throw new ModelGoneError();
  try {
    const own = await answerTo(context, request, work);
    if (served || receiptOf(chain, request, own) !== standing) return own;
    log.warn(line, "the result is right, but nobody who gave it serves it: voting so");
    return withheldAnswer(own);
  } catch (error) {
    context.signal.throwIfAborted();
    // Looking for them may have taken long.
    if (!isMissing(error) || !isLate(await chain.now())) throw error;
    log.warn({ ...line, err: error }, "input or keys cannot be had: voting so");
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
  { round, due }: Dispute,
  kept: KeptAnswer,
): Promise<Hex | undefined> {
  if (!isEvaluated(kept)) return NO_STATE;
  if (kase.stateDigest !== undefined) return kase.stateDigest;
  const seed = await getSeed(context.chain.provider, context.chain.deployment.contracts, round);
  if (seed === undefined) return undefined;
  const work = await workOf(context, request, due);
  if (!work) throw new ModelGoneError();
  const step = drawnStep(work.served.plan, bytes32(seed));
  const digest = step === undefined ? NO_STATE : await stateOf(context, work, step);
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
