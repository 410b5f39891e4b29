/** What the list says of each of one's requests: how it stands, what that means for the money, what can be done. */
import type { RequestAction } from "../../offchain/client/request-actions.ts";
import { rejectWords } from "../../offchain/client/reject-words.ts";
import { REFUND_WORDS } from "../../offchain/client/timeline.ts";
import { formatMoment } from "./format.ts";
import { standingOf, type RequestRow, type Standing } from "./request-row.ts";

/** The colour of what is said: good, waiting, lost, over. */
export type StandingTone = "good" | "wait" | "fail" | "idle";

const BADGES: Readonly<Record<Standing, { readonly tone: StandingTone; readonly words: string }>> = {
  waiting: { tone: "wait", words: "Under way" },
  disputed: { tone: "wait", words: "In dispute" },
  answered: { tone: "good", words: "Answered" },
  settled: { tone: "good", words: "Answered and settled" },
  late: { tone: "fail", words: "No answer in time" },
  refused: { tone: "fail", words: "Input refused" },
  refunded: { tone: "idle", words: "Refunded" },
};

type Told = Pick<RequestRow, "request" | "now" | "actions" | "refundReason" | "complaint">;

/** Its standing in two words. */
export function badgeOf(row: Told): { readonly tone: StandingTone; readonly words: string } {
  if (row.refundReason === "cancelled") return { tone: "idle", words: "Cancelled" };
  return BADGES[standingOf(row)];
}

/** What an action is called for this request. */
export function actionLabel(action: RequestAction, { request }: Pick<Told, "request">): string {
  if (action === "cancel") return "Cancel";
  if (action === "settle") return "Settle";
  return goesOn(request) ? "Go on without the late" : "Take the money back";
}

/** Of several nodes some have answered: closing brings the answer if they are more than half, or the money. */
function goesOn({ state, replicas, duties }: Told["request"]): boolean {
  if (replicas === 1) return false;
  return state === "committed" || (state === "assigned" && duties.some((duty) => duty.state === "committed"));
}

/**
 * One or two sentences about it.
 *
 * @param now milliseconds since the epoch, for how times are written
 */
export function noteOf(row: Told, now: number): string {
  const { request, actions, refundReason, complaint } = row;
  const { replicas, deadline, until, rejectCode, result } = request;
  const several = replicas > 1;
  const by = formatMoment(deadline * 1_000, now);
  switch (standingOf(row)) {
    case "waiting":
      if (actions.includes("cancel")) {
        const drawn = several ? `the ${replicas} nodes are drawn` : "a node is drawn";
        return `You can cancel until ${drawn}, and take your money back after ${by}.`;
      }
      if (several) {
        return request.state === "committed"
          ? `The ${replicas} nodes tell the answers they had sealed, until ${formatMoment(until * 1_000, now)}.`
          : `${replicas} nodes have time until ${by}. What more than half of them say is the answer; without one you get your money back.`;
      }
      return `There is time until ${by}; after that you can take your money back.`;
    case "disputed":
      if (complaint?.state === "judging")
        return "You said that nobody serves its result. A jury of other nodes computes it again, and serves it.";
      return "A jury of other nodes evaluates the model again. What it finds is the answer, or your money comes back.";
    case "answered": {
      const payee = several ? "The nodes that gave it are" : "The node is";
      const open = until * 1_000 > now ? `, or after ${formatMoment(until * 1_000, now)} without you` : "";
      const batch = result?.kind === 1 ? " Read it first: its bytes are kept by nodes, not by the chain." : "";
      return `${payee} paid when you settle${open}.${batch}`;
    }
    case "late":
      return goesOn(request)
        ? "Not all nodes answered in time. Without the late you get the answer, if more than half of all agree, or your money."
        : `Nothing came by ${by}. The money is yours to take back.`;
    case "refused": {
      const who = several ? "More than half of the nodes" : "The node";
      return `${who} refused it: ${rejectWords(rejectCode)}. The money is yours to take back.`;
    }
    case "settled":
      return several
        ? "The nodes that gave the answer and the model’s owner have been paid."
        : "The node and the model’s owner have been paid.";
    case "refunded":
      if (refundReason === "cancelled")
        return "You cancelled it before it was drawn. The money went back to your balance.";
      return refundReason === undefined
        ? "The money went back to your balance."
        : `The money went back to your balance: ${REFUND_WORDS[refundReason]}.`;
  }
}
