import { largestError } from "./calibrate.ts";
import type { ModelFigures } from "./figures.ts";

/** The figures for programs: shares and bounds, and no output of any calibration input, which may be anybody's data. */
export function figuresJson({ plan, calibration, ...figures }: ModelFigures): object {
  const { plain, clear, encrypted, labelled, clearError, errors } = calibration;
  const { digest, report, layers, depth, keys, bytes, milliseconds, gas, errorBound, maxDrop, refusal } = figures;
  return {
    type: "result",
    digest,
    model: plan.model,
    compiler: plan.compiler,
    semantics: plan.semantics,
    parameters: plan.params.id,
    depth,
    layers,
    operations: report.operations,
    keys,
    bytes,
    milliseconds,
    gas,
    errorBound,
    accuracy: { plain, clear, encrypted, labelled },
    errors: { clear: clearError, encrypted: errors.length === 0 ? undefined : largestError(errors) },
    maxDrop,
    refusal,
    estimates: plan.estimates,
    report,
  };
}
