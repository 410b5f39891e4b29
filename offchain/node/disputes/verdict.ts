/** Carrying out what a jury found, or ending a dispute that came to nothing. */
import { workDigest } from "../../chain/bindings.ts";
import { abandonDispute, concludeDispute, type Dispute, type Juror } from "../../chain/disputes.ts";
import { NO_STATE } from "../../fhe/engine/state.ts";
import { answerData, isEvaluated, type KeptAnswer } from "../answers.ts";
import type { CaseContext, CaseSituation } from "./context.ts";
import { receiptOf } from "./receipt.ts";

/** Ends a dispute whose time is over; the answer stands. */
export async function abandon({ chain }: CaseContext, requestId: bigint): Promise<void> {
  await chain.transact((signer) => abandonDispute(signer, chain.deployment.contracts, requestId));
}

/**
 * Concludes with this node's own vote once all votes are told, if more than half of the jury voted like it; after the time for that, abandons the
 * dispute.
 */
export async function concludeOrAbandon(
  context: CaseContext,
  { kase, request, now }: CaseSituation,
  dispute: Dispute,
  jury: readonly Juror[],
): Promise<void> {
  const { chain, answers, parameters, metrics, log } = context;
  const { contracts } = chain.deployment;
  const { requestId, binding } = request;
  if (now > dispute.due + parameters.verdictWindow) {
    await abandon(context, requestId);
    return;
  }
  const isOpen = jury.some(({ state }) => state === "committed");
  if (isOpen && now <= dispute.due) return;
  const kept = answers.get(binding, "juror");
  const state = kept && (isEvaluated(kept) ? kase.stateDigest : NO_STATE);
  if (!kept || state === undefined) return;
  const receipt = receiptOf(chain, request, kept);
  const alike = jury.filter(
    (juror) =>
      juror.state === "revealed" &&
      juror.vote === receipt &&
      (kept.kind === 3 || juror.work === workDigest(state, juror.node)),
  );
  if (2 * alike.length <= parameters.jurySize) return;
  // One is enough: the first of them does it, and any of the others once the reveals are over.
  const isFirst = alike[0].node.toLowerCase() === chain.node.toLowerCase();
  if (!isFirst && now <= dispute.due) return;
  const answer = {
    kind: kept.kind,
    size: kept.size,
    digest: kept.digest,
    data: dataFor(kept, receipt === dispute.standing),
  };
  await chain.transact((signer) => concludeDispute(signer, contracts, requestId, answer, state));
  metrics.verdicts.inc();
  log.info({ request: requestId.toString(), votes: alike.length, jury: jury.length }, "carried out the jury's verdict");
}

/** The bytes are needed only where they replace others. */
function dataFor(kept: KeptAnswer, stands: boolean): `0x${string}` {
  return stands ? "0x" : answerData(kept);
}
