/** Affine maps with a factor and a shift for every element, before or after them: how completed squares reach the maps beside them. */
import { toMatrix, type AffineMap, type MatrixMap, type WindowsMap } from "./affine-map.ts";
import { forEachWeight, withWeights } from "./sparse-matrix.ts";

/** The elementwise map z ↦ factor ⊙ z + shift. */
export interface Scaling {
  readonly factor: Float64Array;
  readonly shift: Float64Array;
}

/** Whether a scaling changes nothing. */
export function isNeutral({ factor, shift }: Scaling): boolean {
  return isUnit(factor) && shift.every((value) => value === 0);
}

/** Whether all factors are one. */
export function isUnit(factor: Float64Array): boolean {
  return factor.every((value) => value === 1);
}

/**
 * A map followed by a scaling: y ↦ factor ⊙ y + shift.
 *
 * @param scaling one factor and one shift a row
 * @throws MatrixSizeError when the map has to be written down in full and is too large
 */
export function scaledRows(map: AffineMap, { factor, shift }: Scaling): WindowsMap | MatrixMap {
  if (map.kind === "windows" && [factor, shift].every((values) => repeats(values, map.channels))) {
    return {
      ...map,
      kernel: map.kernel.map((value, k) => value * factor[Math.floor(k / map.elements)]),
      bias: map.bias.map((value, channel) => value * factor[channel] + shift[channel]),
    };
  }
  const matrix = toMatrix(map);
  const { bias } = matrix;
  return {
    ...matrix,
    ...withWeights(matrix, (weight, row) => weight * factor[row]),
    bias: bias.map((value, row) => value * factor[row] + shift[row]),
  };
}

/**
 * A map applied to a scaled vector: x ↦ map(factor ⊙ x + shift).
 *
 * @param scaling one factor and one shift a column
 * @throws MatrixSizeError when it is too large to write down
 */
export function scaledColumns(map: AffineMap, { factor, shift }: Scaling): MatrixMap {
  const matrix = toMatrix(map);
  const bias = matrix.bias.slice();
  forEachWeight(matrix, (row, column, weight) => {
    bias[row] += weight * shift[column];
  });
  return { ...matrix, ...withWeights(matrix, (weight, _, column) => weight * factor[column]), bias };
}

function repeats(values: Float64Array, period: number): boolean {
  return values.every((value, k) => value === values[k % period]);
}
