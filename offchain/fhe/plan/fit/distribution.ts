/** What an activation is fitted on: the values seen at its place, as weighted points, with a thin tail beyond them. */

/** Weighted points; weights sum to one. */
export interface Distribution {
  readonly x: Float64Array;
  readonly weight: Float64Array;
  readonly mean: number;
  readonly deviation: number;
}

/** Least and largest value seen. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Values taken at most; more change no coefficient in its third digit. */
const MAX_VALUES = 4096;
/** Points of the tail: evenly over the range widened by a quarter of its width on either side. */
const TAIL_POINTS = 33;
const TAIL_REACH = 0.25;
/**
 * What the tail weighs beside the values. Without it a polynomial is free beyond what was seen and as steep there as its degree allows; with it the fit
 * within the range loses next to nothing.
 */
const TAIL_WEIGHT = 0.02;
/** Successive multiples of the golden ratio fall evenly into [0, 1) and in step with no period of channels. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** The range of values. */
export function rangeOf(values: Float64Array): Range {
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

/**
 * The distribution of values.
 *
 * @param values at least one, all finite
 * @param leastWidth the range is taken to be this wide at least, so that a channel that hardly moves has a fit of its own too
 */
export function distributionOf(values: Float64Array, leastWidth: number): Distribution {
  const { min, max } = rangeOf(values);
  const width = Math.max(max - min, leastWidth, Number.MIN_VALUE);
  const count = Math.min(values.length, MAX_VALUES);
  const x = new Float64Array(count + TAIL_POINTS);
  const weight = new Float64Array(count + TAIL_POINTS);
  for (let i = 0; i < count; i++) {
    x[i] = count === values.length ? values[i] : values[Math.floor(((i * GOLDEN) % 1) * values.length)];
    weight[i] = (1 - TAIL_WEIGHT) / count;
  }
  const centre = (min + max) / 2;
  for (let i = 0; i < TAIL_POINTS; i++) {
    x[count + i] = centre + width * (0.5 + TAIL_REACH) * ((2 * i) / (TAIL_POINTS - 1) - 1);
    weight[count + i] = TAIL_WEIGHT / TAIL_POINTS;
  }
  return standardised(x, weight);
}

/** Points with their mean and standard deviation. */
export function standardised(x: Float64Array, weight: Float64Array): Distribution {
  const mean = x.reduce((sum, value, i) => sum + weight[i] * value, 0);
  const variance = x.reduce((sum, value, i) => sum + weight[i] * (value - mean) ** 2, 0);
  return { x, weight, mean, deviation: Math.sqrt(variance) };
}
