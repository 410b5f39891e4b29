/**
 * A polynomial of degree 4 as one quadratic of another: two squares in a row, two levels, no other product.
 *
 * Up to factors that the maps around them take, that is ±(((x + s)·g)² + t)² + k: a polynomial of degree 2 in u = (x + s)². For every s the best one is
 * a linear problem, so only s is searched. It bends twice, which fits a step (a sigmoid is one half of a W) as well as a hinge.
 */
import { standardised, type Distribution } from "./distribution.ts";
import { fitQuadratic, type StandardQuadratic } from "./quadratic.ts";

/** Coefficients of 1, x and x² of the inner polynomial, and those of the outer. */
export type Composed = readonly [readonly number[], readonly number[]];

/** Axes of symmetry tried first, in standard deviations from the mean; far ones come close to a plain quadratic. */
const AXES = [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 5, 6, 8, 12, 16];
/** Halvings of the interval around the best of them. */
const REFINEMENTS = 24;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * Fits by least squares.
 *
 * @param targets of the function, one a point
 */
export function fitComposed(points: Distribution, targets: Float64Array): Composed {
  const { mean, deviation } = points;
  const axes = [
    ...AXES.slice(1)
      .map((axis) => -axis)
      .reverse(),
    ...AXES,
  ];
  const errors = axes.map((axis) => around(points, targets, axis).rms);
  const best = errors.indexOf(Math.min(...errors));
  let [low, high] = [axes[Math.max(0, best - 1)], axes[Math.min(axes.length - 1, best + 1)]];
  for (let k = 0; k < REFINEMENTS; k++) {
    const [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
    if (around(points, targets, left).rms < around(points, targets, right).rms) high = right;
    else low = left;
  }
  const middle = (low + high) / 2;
  const axis = around(points, targets, middle).rms < errors[best] ? middle : axes[best];
  const { square, linear, constant, distribution } = around(points, targets, axis);
  // α·(u + t)² + k, u = (z + axis)².
  const alpha = square / distribution.deviation ** 2;
  const t = (linear * distribution.deviation) / (2 * square) - distribution.mean;
  const k = constant - (linear * linear) / (4 * square);
  // Split √|α| between the two squares, so that between them only t is left to add.
  const factor = Math.sqrt(Math.abs(alpha));
  const a = factor / deviation ** 2;
  const shift = axis * deviation - mean;
  return [
    [a * shift * shift + factor * t, 2 * a * shift, a],
    [k, 0, Math.sign(alpha)],
  ];
}

/** The best polynomial of degree 2 in (z + axis)². */
function around(
  { x, weight, mean, deviation }: Distribution,
  targets: Float64Array,
  axis: number,
): StandardQuadratic & { readonly distribution: Distribution } {
  const u = x.map((value) => ((value - mean) / deviation + axis) ** 2);
  const distribution = standardised(u, weight);
  return { ...fitQuadratic(distribution, targets), distribution };
}
