import { fromDecimal } from "../fhe/plan/decimal.ts";
import { exceedsDrop } from "../fhe/plan/fit/accuracy.ts";
import type { Plan } from "../fhe/plan/plan.ts";
import { PublishError } from "./errors.ts";
import type { Measurement } from "./measure.ts";

/** Share of accuracy that encryption may cost when the owner says nothing. */
const MAX_DROP = 0.01;

/**
 * Whether an error was within what the plan promises.
 *
 * @throws PublishError `PUBLISH_ERROR_BOUND`
 */
export function requireWithinBound(
  { maxAbsError }: Pick<Measurement, "maxAbsError">,
  { estimates }: Pick<Plan, "estimates">,
): void {
  if (maxAbsError <= fromDecimal(estimates.errorBound)) return;
  const error = maxAbsError.toPrecision(3);
  throw new PublishError(
    "PUBLISH_ERROR_BOUND",
    `An output was off by ${error}, and the plan's bound is ${estimates.errorBound}.`,
  );
}

/**
 * Whether accuracy under encryption is what the owner wants to put a name to.
 *
 * @param maxDrop largest share that may be lost, 0 … 1
 * @throws PublishError `PUBLISH_ACCURACY`
 */
export function requireAccuracy(plain: number, encrypted: number, maxDrop: number = MAX_DROP): void {
  if (!exceedsDrop(plain - encrypted, maxDrop)) return;
  throw new PublishError(
    "PUBLISH_ACCURACY",
    `Accuracy falls from ${plain} to ${encrypted} under encryption, and at most ${maxDrop} may be lost.`,
  );
}
