/**
 * One answer that may be disputed, from this node's side: show its audit, look into it, serve on its jury, carry out the verdict. As with duties, what
 * counts is the chain, and every step may be repeated after any crash.
 */
import { closeVotes, drawJury, getDispute, getJury, getSeed, type Juror } from "../../chain/disputes.ts";
import { getRequest } from "../../chain/requests.ts";
import { isBenign } from "../benign.ts";
import { serveResult } from "../work.ts";
import { showAudit } from "./audit.ts";
import type { Case } from "./cases.ts";
import { closeOwnChallenge, lookInto, revealOwnChallenge } from "./challenger.ts";
import type { CaseContext, CaseSituation } from "./context.ts";
import { revealOwnVote, vote } from "./juror.ts";
import { abandon, concludeOrAbandon } from "./verdict.ts";

/** Milliseconds between two looks at a dispute, whose contract's events are not watched. */
const LOOK_MS = 1_000;

/**
 * Does the next thing for a case, if there is one.
 *
 * @returns milliseconds for which there is nothing to do unless something happens
 * @throws CloakworkError when a step failed; the case stays as it is and is tried again
 */
export async function stepCase(context: CaseContext, kase: Case): Promise<number> {
  const { chain } = context;
  const request = await getRequest(chain.provider, chain.deployment.contracts, kase.requestId);
  const situation: CaseSituation = { kase, request, now: await chain.now() };
  try {
    switch (request.state) {
      case "posted":
      case "rejected":
        return request.until === 0 ? await finish(context, situation) : await watch(context, situation);
      case "challenged":
        return await takePart(context, situation);
      case "settled":
      case "refunded":
        return await finish(context, situation);
      default:
        // A reorganisation took the answer back; it comes again.
        return 10 * LOOK_MS;
    }
  } catch (error) {
    if (!isBenign(error)) throw error;
    return LOOK_MS;
  }
}

async function watch(context: CaseContext, situation: CaseSituation): Promise<number> {
  const { cases } = context;
  const { request, now } = situation;
  if (now > request.until) return await finish(context, situation);
  await showAudit(context, situation);
  await lookInto(context, situation);
  await revealOwnChallenge(context, situation);
  const kase = cases.get(situation.kase.requestId);
  const isDone = kase === undefined || ((kase.auditKnown || !context.audits) && kase.looking !== "wanted");
  return isDone ? 1000 * Math.max(1, request.until - now) : LOOK_MS;
}

async function takePart(context: CaseContext, situation: CaseSituation): Promise<number> {
  const { chain, cases } = context;
  const { contracts } = chain.deployment;
  const { kase, request, now } = situation;
  const { requestId } = request;
  const dispute = await getDispute(chain.provider, contracts, requestId);
  const { phase, due } = dispute;
  if (kase.state !== "disputed" || kase.dueBy !== due) cases.update(requestId, { state: "disputed", dueBy: due });
  if (phase === "drawing" || phase === "committing") await revealOwnChallenge(context, situation);
  if (phase === "drawing") {
    if (now > due) await abandon(context, requestId);
    else if ((await getSeed(chain.provider, contracts, dispute.round)) !== undefined)
      await chain.transact((signer) => drawJury(signer, contracts, requestId));
  } else if (phase === "committing") {
    const seat = seatOf(context, await getJury(chain.provider, contracts, requestId));
    if (seat?.state === "drawn" && now <= due) return Math.max(LOOK_MS, await vote(context, situation, dispute));
    else if (now > due) await chain.transact((signer) => closeVotes(signer, contracts, requestId));
  } else if (phase === "revealing") {
    const jury = await getJury(chain.provider, contracts, requestId);
    if (seatOf(context, jury)?.state === "committed" && now <= due) await revealOwnVote(context, situation, dispute);
    else await concludeOrAbandon(context, situation, dispute, jury);
  }
  return LOOK_MS;
}

/** Nothing about the answer can change any more: what is this node's own comes back, and the case is closed. */
async function finish(context: CaseContext, { request }: CaseSituation): Promise<number> {
  const { chain, cases, metrics, log } = context;
  const { contracts } = chain.deployment;
  const { requestId } = request;
  const dispute = await getDispute(chain.provider, contracts, requestId);
  if (dispute.phase !== "ended") {
    cases.update(requestId, { state: "ended", note: "nobody disputed it" });
    return 0;
  }
  // A juror that was never asked to tell its vote has the result all the same.
  const kept = context.answers.get(request.binding, "juror");
  if (kept) await serveResult(context, request, kept);
  await closeOwnChallenge(context, request, dispute);
  const seat = seatOf(context, await getJury(chain.provider, contracts, requestId));
  if (seat?.state === "missed") {
    log.error(
      { request: requestId.toString() },
      "as a juror this node was silent or voted otherwise than the jury: a part of the bond is lost",
    );
    metrics.votes.inc({ outcome: "punished" });
  } else if (seat) metrics.votes.inc({ outcome: "released" });
  cases.update(requestId, {
    state: "ended",
    note: dispute.decided ? "the jury decided" : "no verdict: the answer stands",
  });
  return 0;
}

function seatOf({ chain }: CaseContext, jury: readonly Juror[]): Juror | undefined {
  return jury.find(({ node }) => node.toLowerCase() === chain.node.toLowerCase());
}
