/** From opened values to an answer for this device: rounded to what the error bound allows, softmax or sigmoid applied after rounding. */
import type { Raw } from "../fhe/ckks/raw.ts";
import { applyFinish } from "../fhe/plan/layout.ts";
import type { PlanOutput } from "../fhe/plan/plan.ts";
import type { Answer } from "./types.ts";

/**
 * The power of ten a value is rounded to: the largest not above its error bound, so that rounding hides digits that mean nothing and adds
 * at most half of the bound.
 *
 * @param errorBound positive and finite
 */
export function roundingStep(errorBound: number): number {
  if (!(errorBound > 0 && Number.isFinite(errorBound))) throw new RangeError("an error bound is positive and finite");
  const exponent = Math.floor(Math.log10(errorBound));
  // The logarithm of a power of ten may fall just below its integer.
  return Number(`1e${10 ** (exponent + 1) <= errorBound ? exponent + 1 : exponent}`);
}

/** The multiple of a power of ten nearest to a value, as the double a person would write. */
export function roundTo(value: number, step: number): number {
  const places = Math.max(0, -Math.round(Math.log10(step)));
  const rounded = Number((Math.round(value / step) * step).toFixed(Math.min(100, places)));
  return rounded === 0 ? 0 : rounded;
}

/**
 * The answer a person sees.
 *
 * @param output the plan's output
 * @param opened its values and the bound on their error
 */
export function answerOf(
  { finish, labels }: Pick<PlanOutput, "finish" | "labels">,
  opened: { readonly values: Raw; readonly errorBound: number },
): Answer {
  const { errorBound } = opened;
  const step = roundingStep(errorBound);
  const values = Array.from(opened.values.values(), (value) => roundTo(value, step));
  const probabilities = finish === "none" ? undefined : Array.from(applyFinish(finish, Float64Array.from(values)));
  const answer = { values, errorBound, step, finish, probabilities, labels };
  const classes = finish === "softmax" || (finish === "none" && labels.length > 1);
  if (!classes) return { ...answer, index: undefined, label: undefined, certain: undefined };
  const index = values.indexOf(Math.max(...values));
  const rest = values.filter((_, i) => i !== index);
  // Both values may be off by the bound and by half a step of rounding.
  const certain = rest.every((value) => values[index] - value > 2 * errorBound + step);
  return { ...answer, index, label: labels[index], certain };
}
