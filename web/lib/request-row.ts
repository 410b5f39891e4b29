import type { TokenInfo } from "../../offchain/chain/tokens.ts";
import type { InferenceRequest, Quote, RefundReason } from "../../offchain/chain/types.ts";
import type { ComplaintStanding } from "../../offchain/client/withheld.ts";
import type { RequestAction } from "../../offchain/client/request-actions.ts";

/** A request in the list of one's own. */
export interface RequestRow {
  readonly request: InferenceRequest;
  /** The model's title, where its manifest could be read. */
  readonly title: string | undefined;
  /** What was escrowed. */
  readonly price: Quote;
  /** Of the token it was in; undefined for the chain's currency, and where the token does not say. */
  readonly token: TokenInfo | undefined;
  /** Milliseconds since the epoch. */
  readonly askedAt: number;
  /** What the requester can do now. */
  readonly actions: readonly RequestAction[];
  /** Of a result that is not on the chain itself: what can be said about nobody serving it. */
  readonly complaint: ComplaintStanding | undefined;
  /** Why the money went back, once it did. */
  readonly refundReason: RefundReason | undefined;
  /** Time of the newest block, unix seconds: what deadlines are measured by. */
  readonly now: number;
}

/** How a request stands for the person who made it. */
export type Standing = "waiting" | "disputed" | "answered" | "settled" | "late" | "refused" | "refunded";

export function standingOf({
  request: { state, deadline, until },
  now,
}: Pick<RequestRow, "request" | "now">): Standing {
  switch (state) {
    case "posted":
      return "answered";
    case "challenged":
      return "disputed";
    case "committed":
      return now > until ? "late" : "waiting";
    case "settled":
      return "settled";
    case "refunded":
      return "refunded";
    case "rejected":
      return "refused";
    default:
      return now > deadline ? "late" : "waiting";
  }
}
