import type { DutyState, RefundReason, RequestState } from "./types.ts";

/** IInferenceHub.RequestState by its number; number 0 is a request that does not exist and is never read. */
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

/** IInferenceHub.DutyState by its number. */
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
];

/** IInferenceHub.RefundReason by its number. */
export const REFUND_REASONS: readonly RefundReason[] = [
  "deadline-passed",
  "cancelled",
  "no-node-left",
  "input-rejected",
  "input-unavailable",
];
