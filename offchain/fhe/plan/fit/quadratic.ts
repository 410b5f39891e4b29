/** The quadratic nearest to a function under a distribution, by orthogonal polynomials, in a form that a completed square can take. */
import type { Distribution } from "./distribution.ts";

/** square·z² + linear·z + constant of z = (x − mean)/deviation. */
export interface StandardQuadratic {
  readonly square: number;
  readonly linear: number;
  readonly constant: number;
  /** Root of the mean square of what is left. */
  readonly rms: number;
}

/**
 * Farthest that the vertex of a parabola may be from the mean, in standard deviations. A straighter curve is drawn as a parabola with the vertex there: it differs from the
 * line by less than a hundredth of its slope, and completing its square does not blow up.
 */
const FARTHEST_VERTEX = 64;
/** Least factor of z², for a function that is constant where it is looked at. */
const LEAST_SQUARE = 1e-6;

/**
 * Fits by least squares. The polynomials 1, z and z² − skew·z − 1 are orthogonal under the distribution, so each coefficient is one sum (Forsythe, "Generation and use of
 * orthogonal polynomials for data-fitting", 1957).
 *
 * @param targets of the function, one a point
 */
export function fitQuadratic(points: Distribution, targets: Float64Array): StandardQuadratic {
  const { x, weight, mean, deviation } = points;
  const z = x.map((value) => (value - mean) / deviation);
  const expectation = (of: (z: number, i: number) => number): number =>
    z.reduce((sum, value, i) => sum + weight[i] * of(value, i), 0);
  const skew = expectation((value) => value ** 3);
  const second = (value: number): number => value * value - skew * value - 1;
  const level = expectation((_, i) => targets[i]);
  const slope = expectation((value, i) => targets[i] * value);
  const curvature = expectation((value, i) => targets[i] * second(value)) / expectation((value) => second(value) ** 2);
  const least = Math.max(Math.abs(slope) / (2 * FARTHEST_VERTEX), LEAST_SQUARE);
  const square = Math.abs(curvature) >= least ? curvature : curvature < 0 ? -least : least;
  const [linear, constant] = [slope - square * skew, level - square];
  const rms = Math.sqrt(
    expectation((value, i) => (targets[i] - (square * value * value + linear * value + constant)) ** 2),
  );
  return { square, linear, constant, rms };
}

/** The line nearest to a function: coefficients of 1 and x. */
export function fitLine(
  { x, weight, mean, deviation }: Distribution,
  targets: Float64Array,
): readonly [number, number] {
  const level = targets.reduce((sum, target, i) => sum + weight[i] * target, 0);
  const slope =
    targets.reduce((sum, target, i) => sum + (weight[i] * target * (x[i] - mean)) / deviation, 0) / deviation;
  return [level - slope * mean, slope];
}

/** Coefficients of 1, x and x². */
export function inX({ square, linear, constant }: StandardQuadratic, { mean, deviation }: Distribution): number[] {
  const a = square / deviation ** 2;
  const b = linear / deviation;
  return [a * mean * mean - b * mean + constant, b - 2 * a * mean, a];
}
