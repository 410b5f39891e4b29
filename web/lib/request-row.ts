import type { InferenceRequest } from "../../offchain/chain/types.ts";
import type { RequestAction } from "../../offchain/client/request-actions.ts";

/** A request in the list of one's own. */
export interface RequestRow {
  readonly request: InferenceRequest;
  /** The model's title, where its manifest could be read. */
  readonly title: string | undefined;
  /** What was escrowed, wei. */
  readonly paid: bigint;
  /** Milliseconds since the epoch. */
  readonly askedAt: number;
  /** What the requester can do now. */
  readonly actions: readonly RequestAction[];
  /** Time of the newest block, unix seconds: what deadlines are measured by. */
  readonly now: number;
}

/** How a request stands for the person who made it. */
export type Standing = "waiting" | "answered" | "settled" | "late" | "refused" | "refunded";

export function standingOf({ request: { state, deadline }, now }: Pick<RequestRow, "request" | "now">): Standing {
  switch (state) {
    case "posted":
    case "challenged":
      return "answered";
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
