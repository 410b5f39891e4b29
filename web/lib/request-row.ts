import type { InferenceRequest } from "../../offchain/chain/types.ts";

/** A request in the list of one's own. */
export interface RequestRow {
  readonly request: InferenceRequest;
  /** The model's title, where its manifest could be read. */
  readonly title: string | undefined;
  /** What was escrowed, wei. */
  readonly paid: bigint;
  /** Milliseconds since the epoch. */
  readonly askedAt: number;
}

/** How a request stands for the person who made it. */
export type Standing = "waiting" | "cancellable" | "answered" | "settled" | "late" | "refused" | "refunded";

/**
 * @param request as the chain has it
 * @param now milliseconds since the epoch
 */
export function standingOf({ state, deadline }: Pick<InferenceRequest, "state" | "deadline">, now: number): Standing {
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
      if (now > deadline * 1_000) return "late";
      return state === "requested" ? "cancellable" : "waiting";
  }
}
