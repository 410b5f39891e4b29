/** When an answer counts as right. */
import { fromDecimal } from "../fhe/plan/decimal.ts";
import { classOf } from "../fhe/plan/fit/accuracy.ts";
import type { Plan } from "../fhe/plan/plan.ts";

/**
 * Whether outputs count as right: by the label's class, else by the class in the clear, else, where there are no classes, within the plan's bound of the model's own.
 *
 * @param label index of the right class, if there is one
 * @param clear the model's own outputs
 */
export function rightness(
  { outputs: [{ finish }], estimates }: Pick<Plan, "outputs" | "estimates">,
  label: number | undefined,
  clear: Float64Array,
): (values: Float64Array) => boolean {
  if (label !== undefined) return (values) => classOf(values) === label;
  if (finish !== "none" || clear.length > 1) return (values) => classOf(values) === classOf(clear);
  const bound = fromDecimal(estimates.errorBound);
  return (values) => Math.abs(values[0] - clear[0]) <= bound;
}
