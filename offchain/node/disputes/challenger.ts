/**
 * Looking into other nodes' answers: evaluates the same ciphertext again and challenges an answer that differs from its own. Answers are compared by
 * what they commit to, kind, size and digest; nothing is ever decrypted for it.
 */
import {
  challengeAnswer,
  closeChallenge,
  getChallenges,
  revealChallenge,
  type Challenge,
  type Dispute,
} from "../../chain/disputes.ts";
import type { Answer, InferenceRequest } from "../../chain/types.ts";
import { ZERO_HASH } from "../../digest/hex.ts";
import type { KeptAnswer } from "../answers.ts";
import { isBenign } from "../benign.ts";
import { answerTo, serveResult, workOf } from "../work.ts";
import type { CaseContext, CaseSituation } from "./context.ts";
import { commitmentOf, receiptOf } from "./receipt.ts";

/** Seconds before the end of a window at which no challenge is begun. */
const MARGIN = 2;

/** The answer that stands. */
function standingAnswer({ state, result, rejectCode }: InferenceRequest): Answer | undefined {
  return state === "rejected" ? { kind: 2, size: rejectCode, digest: ZERO_HASH } : result;
}

/** Evaluates a request another node answered, if this node means to, and commits to a challenge when its own answer is another one. */
export async function lookInto(context: CaseContext, { kase, request, now }: CaseSituation): Promise<void> {
  const { chain, cases, answers, metrics, parameters, log } = context;
  const { contracts } = chain.deployment;
  const { requestId, binding } = request;
  const done = (): void => {
    cases.update(requestId, { looking: "done" });
  };
  const standing = standingAnswer(request);
  const isMine = request.duties.some(({ node }) => node.toLowerCase() === chain.node.toLowerCase());
  if (kase.looking !== "wanted") return;
  if (isMine || standing === undefined || now > request.until - MARGIN) {
    done();
    return;
  }
  let kept = answers.get(binding, "challenger");
  if (!kept) {
    const work = await workOf(context, request, request.until);
    if (!work) {
      done();
      return;
    }
    const own = await answerTo(context, request, work);
    const agrees = receiptOf(chain, request, own) === receiptOf(chain, request, standing);
    metrics.checks.inc({ outcome: agrees ? "agrees" : "differs" });
    if (agrees) {
      await serveResult(context, request, own);
      done();
      return;
    }
    const line = { request: requestId.toString(), bond: parameters.challengeBond.toString() };
    if (parameters.challengeBond > context.challengeBond) {
      log.warn(
        line,
        "an answer differs from what this node computes; a challenge takes more than `challengeBond` allows",
      );
      done();
      return;
    }
    log.warn(line, "an answer differs from what this node computes: challenging it");
    kept = answers.keep(binding, "challenger", own);
  }
  if (!(await ownChallenge(context, request))) {
    const commitment = commitmentOf(chain, request, kept);
    try {
      await chain.transact((signer) =>
        challengeAnswer(signer, contracts, requestId, commitment, parameters.challengeBond),
      );
      metrics.challenges.inc({ outcome: "committed" });
    } catch (error) {
      // Somebody else began a dispute, or the window closed.
      if (!isBenign(error)) throw error;
    }
  }
  done();
}

interface OwnChallenge extends Challenge {
  readonly index: bigint;
  readonly kept: KeptAnswer;
}

/** This node's challenge of a request as it stands on chain. */
async function ownChallenge(context: CaseContext, request: InferenceRequest): Promise<OwnChallenge | undefined> {
  const { chain, answers } = context;
  const kept = answers.get(request.binding, "challenger");
  if (!kept) return undefined;
  const names = new Set([commitmentOf(chain, request, kept), receiptOf(chain, request, kept)]);
  const challenges = await getChallenges(chain.provider, chain.deployment.contracts, request.requestId);
  const index = challenges.findIndex(
    ({ challenger, answer }) => challenger.toLowerCase() === chain.node.toLowerCase() && names.has(answer),
  );
  return index < 0 ? undefined : { ...challenges[index], index: BigInt(index), kept };
}

/** Says what this node's challenge names; the first challenge told begins the dispute. */
export async function revealOwnChallenge(context: CaseContext, { request, now }: CaseSituation): Promise<void> {
  const { chain, metrics, log } = context;
  const { contracts } = chain.deployment;
  const { requestId, until } = request;
  if (now > until) return;
  const own = await ownChallenge(context, request);
  if (!own || own.revealed || own.closed) return;
  const { index, kept } = own;
  await serveResult(context, request, kept);
  await chain.transact((signer) => revealChallenge(signer, contracts, requestId, index, kept, kept.salt));
  metrics.challenges.inc({ outcome: "revealed" });
  log.info({ request: requestId.toString() }, "told what the right answer is: a jury is drawn");
}

/** Gets the bond of this node's challenge back after a dispute, where the verdict gives it back. */
export async function closeOwnChallenge(
  context: CaseContext,
  request: InferenceRequest,
  dispute: Dispute,
): Promise<void> {
  const { chain, metrics, log } = context;
  const { contracts } = chain.deployment;
  const own = await ownChallenge(context, request);
  if (!own) return;
  const isBack = !own.revealed || !dispute.decided || dispute.right === ZERO_HASH || own.answer === dispute.right;
  if (own.closed || !isBack) {
    if (own.revealed && dispute.decided) {
      log.error(
        { request: request.requestId.toString() },
        "the jury found the challenged answer right: the bond is lost",
      );
      metrics.challenges.inc({ outcome: "lost" });
    }
    return;
  }
  await chain.transact((signer) => closeChallenge(signer, contracts, request.requestId, own.index));
  metrics.challenges.inc({ outcome: dispute.decided && own.answer === dispute.right ? "won" : "undecided" });
}
