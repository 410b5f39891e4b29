import type { DutyState, RefundReason, RequestState, Verdict } from "./types.ts";

/** IHubTypes.RequestState by its number; number 0 is a request that does not exist and is never read. */
export const REQUEST_STATES: readonly RequestState[] = [
  "requested",
  "requested",
  "assigned",
  "accepted",
  "committed",
  "posted",
  "rejected",
  "challenged",
  "settled",
  "refunded",
];

/** IHubTypes.DutyState by its number. */
export const DUTY_STATES: readonly DutyState[] = [
  "none",
  "assigned",
  "accepted",
  "committed",
  "posted",
  "rejected",
  "missed",
  "declined",
  "released",
  "overruled",
];

/** IHubTypes.RefundReason by its number. */
export const REFUND_REASONS: readonly RefundReason[] = [
  "deadline-passed",
  "cancelled",
  "no-node-left",
  "input-rejected",
  "input-unavailable",
  "no-majority",
];

/** IHubTypes.Verdict by its number. */
export const VERDICTS: readonly Verdict[] = ["stands", "replaced", "unavailable", "withheld"];
