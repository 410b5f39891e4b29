/** Fits one activation on what was seen at its place: a polynomial for all channels, or one for each, whichever serves inputs better that it was not fitted on. */
import type { Activation } from "../../graph/activation.ts";
import { activationFunction } from "../../graph/activation.ts";
import { fitComposed } from "./composed.ts";
import { distributionOf, rangeOf, type Range } from "./distribution.ts";
import { fitLine, fitQuadratic, inX } from "./quadratic.ts";

/** Degree asked for; 4 is a quadratic of a quadratic. */
export type FitDegree = 2 | 4;

/** Polynomials that take an activation's place, one applied after the other. */
export interface FittedPolynomials {
  /** 1 where a parabola would be no better than a line. */
  readonly degree: 1 | FitDegree;
  /** One channel, or all of the layer's: coefficients[k][c] is that of x^k. */
  readonly steps: readonly (readonly Float64Array[])[];
}

/** Values seen, by channel. */
export type ByChannel = readonly Float64Array[];

export interface FitResult extends FittedPolynomials {
  readonly per: "layer" | "channel";
  /** Of every channel, or one for all. */
  readonly ranges: readonly Range[];
}

/** A parabola that leaves more than this part of what a line leaves is not worth its level. */
const WORTH_A_SQUARE = 0.98;
/** Channels have fits of their own where those leave less than this part of what one fit for all leaves, on inputs neither was fitted on. */
const WORTH_CHANNELS = 0.95;
/** A channel's range is taken to be at least this part of the layer's. */
const LEAST_WIDTH = 0.02;

/**
 * Fits an activation.
 *
 * @param seen for every sample the values by channel
 */
export function fitActivation(activation: Activation, seen: readonly ByChannel[], degree: FitDegree): FitResult {
  const of = activationFunction(activation);
  const per = seen[0].length > 1 && prefersChannels(of, seen, degree) ? "channel" : "layer";
  const groups = grouped(seen, per);
  return { ...fitGroups(of, groups, degree), per, ranges: groups.map(rangeOf) };
}

/** Twofold cross-validation: fitted on every other sample, measured on those between. */
function prefersChannels(of: (x: number) => number, seen: readonly ByChannel[], degree: FitDegree): boolean {
  if (seen.length < 2) return false;
  const halves = [0, 1].map((parity) => seen.filter((_, index) => index % 2 === parity));
  const error = (per: "layer" | "channel"): number =>
    [0, 1].reduce((sum, half) => {
      const fitted = fitGroups(of, grouped(halves[half], per), degree);
      return sum + squaredError(of, grouped(halves[1 - half], per), fitted);
    }, 0);
  // Errors are squared here.
  return error("channel") < WORTH_CHANNELS ** 2 * error("layer");
}

function fitGroups(of: (x: number) => number, groups: readonly Float64Array[], degree: FitDegree): FittedPolynomials {
  const ranges = groups.map(rangeOf);
  const width = Math.max(...ranges.map(({ max }) => max)) - Math.min(...ranges.map(({ min }) => min));
  const leastWidth = width > 0 ? LEAST_WIDTH * width : 1;
  const points = groups.map((values) => distributionOf(values, leastWidth));
  const targets = points.map(({ x }) => x.map(of));
  if (degree === 4) {
    const composed = points.map((distribution, c) => fitComposed(distribution, targets[c]));
    return {
      degree,
      steps: [0, 1].map((step) => [0, 1, 2].map((power) => Float64Array.from(composed, (steps) => steps[step][power]))),
    };
  }
  const inPowers = (fits: readonly (readonly number[])[]): Float64Array[] =>
    fits[0].map((_, power) => Float64Array.from(fits, (coefficients) => coefficients[power]));
  const line: FittedPolynomials = {
    degree: 1,
    steps: [inPowers(points.map((distribution, c) => fitLine(distribution, targets[c])))],
  };
  const parabola: FittedPolynomials = {
    degree,
    steps: [inPowers(points.map((distribution, c) => inX(fitQuadratic(distribution, targets[c]), distribution)))],
  };
  const worth = squaredError(of, groups, parabola) < WORTH_A_SQUARE ** 2 * squaredError(of, groups, line);
  return worth ? parabola : line;
}

function squaredError(of: (x: number) => number, groups: readonly Float64Array[], fitted: FittedPolynomials): number {
  return groups.reduce(
    (total, values, c) => total + values.reduce((sum, x) => sum + (evaluateSteps(fitted, x, c) - of(x)) ** 2, 0),
    0,
  );
}

/** What fitted polynomials make of a number in a channel. */
export function evaluateSteps({ steps }: Pick<FittedPolynomials, "steps">, x: number, channel: number): number {
  return steps.reduce(
    (value, coefficients) => coefficients.reduceRight((sum, of) => sum * value + of[channel % of.length], 0),
    x,
  );
}

function grouped(seen: readonly ByChannel[], per: "layer" | "channel"): Float64Array[] {
  if (per === "layer") return [joined(seen.flat())];
  return seen[0].map((_, channel) => joined(seen.map((channels) => channels[channel])));
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
