import { CloakworkError } from "../errors.ts";

/** Contract errors that mean somebody else did it first, or it is not time yet: the next look decides again. */
const BENIGN = new Set([
  "INFERENCE_HUB_WRONG_STATE",
  "INFERENCE_HUB_DRAW_PENDING",
  "INFERENCE_HUB_DRAW_EXPIRED",
  "INFERENCE_HUB_TOO_EARLY",
  "INFERENCE_HUB_TOO_LATE",
  "INFERENCE_HUB_NOT_YOUR_DUTY",
  "DISPUTES_WRONG_PHASE",
  "DISPUTES_NO_SEED",
  "DISPUTES_TOO_EARLY",
  "DISPUTES_TOO_LATE",
  "DISPUTES_NOT_YOUR_VOTE",
  "DISPUTES_NOT_YOUR_CHALLENGE",
]);

/** Whether an error says no more than that the chain moved on. */
export function isBenign(error: unknown): boolean {
  return error instanceof CloakworkError && BENIGN.has(error.code);
}
