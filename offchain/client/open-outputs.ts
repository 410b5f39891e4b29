/** What a plan's compact results open to: they follow each other in what is posted, and their numbers make one answer. */
import { Raw } from "../fhe/ckks/raw.ts";
import { untrusted } from "../fhe/ckks/untrusted.ts";
import { fromDecimal } from "../fhe/plan/decimal.ts";
import type { CheckedPlan } from "../fhe/plan/typecheck.ts";
import type { MaskContext } from "../fhe/result/mask-context.ts";
import { BOUND_SIGMAS, compactErrorDeviation } from "../fhe/result/noise.ts";
import { openCompact } from "../fhe/result/open-compact.ts";
import { compactBytes } from "../fhe/result/shape.ts";
import type { SmallSecret } from "../fhe/result/small-secret.ts";
import { compactOutputs } from "./plan-ends.ts";

/** Opened values of one input and the bound on their error. */
export interface Opened {
  readonly values: Raw;
  readonly errorBound: number;
}

/** A result and what it must answer. */
export interface PostedOutputs {
  readonly secret: SmallSecret;
  /** As they came from the chain or a store. */
  readonly bytes: Uint8Array;
  readonly expected: Omit<MaskContext, "output">;
}

/**
 * Opens the result of a plan.
 *
 * @returns one value a number of the answer
 * @throws CompactResultError when a part is malformed, too short or too long, or answers another request; ClientError `PLAN_UNSUPPORTED`
 */
export function openOutputs(checked: CheckedPlan, { secret, bytes, expected }: PostedOutputs): Opened {
  const { params, estimates } = checked.plan;
  const outputs = compactOutputs(checked);
  const stated = fromDecimal(estimates.errorBound);
  let from = 0;
  const opened = outputs.map(({ output, shape, scale }, k) => {
    // What is left over is refused with the last part.
    const to = k === outputs.length - 1 ? bytes.length : from + compactBytes(shape);
    const part = untrusted(bytes.subarray(from, to));
    from = to;
    // The plan states the bound on the whole way; opening adds the compact result's part again.
    const evaluationError = Math.max(0, stated - BOUND_SIGMAS * compactErrorDeviation(params, shape, scale));
    const context = { ...expected, output: k };
    return openCompact({
      secret,
      bytes: part,
      params,
      scale,
      layout: output.layout,
      shape,
      expected: context,
      evaluationError,
    });
  });
  return {
    values: new Raw(Float64Array.from(opened.flatMap(({ values }) => [...values.values()]))),
    errorBound: Math.max(...opened.map(({ errorBound }) => errorBound)),
  };
}
