/**
 * What takes a branch along where another one is squared: more rows of the linear stage before the square. A value that is not to be squared goes through as
 * x = ((x + 1)² − (x − 1)²)/4, which takes two.
 */
import { toMatrix, type AffineMap, type MatrixMap } from "./affine-map.ts";

/** A map of a vector that has got more elements at its end since: it does not look at them. */
export function widened(map: AffineMap, columns: number): AffineMap {
  if (map.columns === columns) return map;
  if (map.kind !== "matrix") return { ...map, columns };
  const matrix = new Float64Array(map.rows * columns);
  for (let row = 0; row < map.rows; row++)
    matrix.set(map.matrix.subarray(row * map.columns, (row + 1) * map.columns), row * columns);
  return { ...map, columns, matrix };
}

/** The rows of two maps of the same x, one after the other. */
export function stacked(first: AffineMap, second: AffineMap): MatrixMap {
  const [a, b] = [toMatrix(first), toMatrix(second)];
  const matrix = new Float64Array(a.matrix.length + b.matrix.length);
  matrix.set(a.matrix);
  matrix.set(b.matrix, a.matrix.length);
  const bias = Float64Array.of(...a.bias, ...b.bias);
  return { kind: "matrix", columns: a.columns, rows: a.rows + b.rows, matrix, bias };
}

/** The rows whose squares give back what a map gives: it plus one, and it less one. */
export function rowsToCarry(map: AffineMap): MatrixMap {
  const { bias, ...whole } = toMatrix(map);
  const plus = { ...whole, bias: bias.map((value) => value + 1) };
  return stacked(plus, { ...whole, bias: bias.map((value) => value - 1) });
}

/**
 * What gives back values that were carried.
 *
 * @param from index of their first square
 * @param size how many they are; their squares are twice as many
 * @param columns of all squares
 */
export function carriedFrom(from: number, size: number, columns: number): MatrixMap {
  const matrix = new Float64Array(size * columns);
  for (let k = 0; k < size; k++) {
    matrix[k * columns + from + k] = 1 / 4;
    matrix[k * columns + from + size + k] = -1 / 4;
  }
  return { kind: "matrix", columns, rows: size, matrix, bias: new Float64Array(size) };
}
