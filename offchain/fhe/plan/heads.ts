/** The last stage in parts: a compact result holds only so many numbers, and a model with more outputs ends in several. */
import { rowsOf, toMatrix } from "./affine-map.ts";
import { maxCompactPeriod } from "./compact-shape.ts";
import type { LinearStage } from "./fold.ts";
import { allRows, rowsFrom } from "./sparse-matrix.ts";

/** A part of the last stage, which has an output of the plan. */
export interface Head {
  /** As many rows as every other part has; what goes beyond `rows` is zeros. */
  readonly stage: LinearStage;
  /** Numbers of the answer it gives. */
  readonly rows: number;
}

/** Outputs of a plan that hold so many numbers: one, but for compact results as many as it takes. */
function countOfHeads(rows: number, compactBits: number | undefined): number {
  return compactBits === undefined ? 1 : Math.ceil(rows / maxCompactPeriod(compactBits));
}

/** Rows of each of those outputs, what goes beyond the numbers of the last ones included. */
export function rowsOfHead(rows: number, compactBits: number | undefined): number {
  return Math.ceil(rows / countOfHeads(rows, compactBits));
}

/**
 * The parts of the last stage: as few as there can be, and all alike, so that one layout does for all.
 *
 * @param compactBits of the compact results the plan ends in, or undefined when it ends in a ciphertext
 * @returns the stage itself where one output holds all its rows; otherwise its rows in order
 */
export function headsOf(stage: LinearStage, compactBits: number | undefined): readonly Head[] {
  const total = rowsOf(stage.map);
  const count = countOfHeads(total, compactBits);
  if (count === 1) return [{ stage, rows: total }];
  const { bias, ...matrix } = toMatrix(stage.map);
  const rows = allRows(matrix);
  const size = rowsOfHead(total, compactBits);
  return Array.from({ length: count }, (_, k) => {
    const [from, to] = [Math.round((k * total) / count), Math.round(((k + 1) * total) / count)];
    const map = {
      kind: "matrix" as const,
      ...rowsFrom(
        matrix.columns,
        Array.from({ length: size }, (_unused, row) => (row < to - from ? rows[from + row] : undefined)),
      ),
      bias: filled(bias.subarray(from, to), size),
    };
    return { stage: { ...stage, map, to: [size] }, rows: to - from };
  });
}

/** Numbers with zeros after them. */
function filled(values: Float64Array, length: number): Float64Array {
  if (values.length === length) return values;
  const longer = new Float64Array(length);
  longer.set(values);
  return longer;
}
