/** What fitted activations are, as an owner reads it and JSON holds it. */
import type { FitAccuracy } from "./accuracy.ts";
import type { Range } from "./distribution.ts";
import type { ActivationFit, FittedGraph } from "./fit-graph.ts";

/** One activation and what took its place. */
export interface ActivationReport extends Pick<
  ActivationFit,
  "layer" | "activation" | "degree" | "per" | "rmsError" | "relativeError"
> {
  /** Least and largest number that reached it on the calibration inputs, over all channels. */
  readonly range: Range;
  /** Of every channel by itself; one entry where all channels share a fit. */
  readonly ranges: readonly Range[];
  /**
   * Polynomials applied one after the other, two for degree 4; [step][power][channel], one channel where all share a fit. They are made from the model's weights and
   * calibration inputs, and no less secret.
   */
  readonly coefficients: readonly (readonly (readonly number[])[])[];
}

export interface FitReport {
  readonly activations: readonly ActivationReport[];
  /** The fitted model against the model as it was trained, on the calibration inputs, without encryption. */
  readonly accuracy: FitAccuracy;
}

/** Puts the report of a fit together. */
export function reportFit({ activations, accuracy }: FittedGraph): FitReport {
  return {
    accuracy,
    activations: activations.map(({ layer, activation, degree, per, rmsError, relativeError, ranges, steps }) => ({
      layer,
      activation,
      degree,
      per,
      rmsError,
      relativeError,
      range: {
        min: Math.min(...ranges.map(({ min }) => min)),
        max: Math.max(...ranges.map(({ max }) => max)),
      },
      ranges,
      coefficients: steps.map((powers) => powers.map((channels) => [...channels])),
    })),
  };
}
