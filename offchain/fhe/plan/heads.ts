/** The last stage in parts: a compact result holds only so many numbers, and a model with more outputs ends in several. */
import { rowsOf, toMatrix } from "./affine-map.ts";
import { maxCompactPeriod } from "./compact-shape.ts";
import type { LinearStage } from "./fold.ts";

/** Outputs of a plan that hold so many numbers: one, but for compact results as many as it takes. */
export function countOfHeads(rows: number, compactBits: number | undefined): number {
  return compactBits === undefined ? 1 : Math.ceil(rows / maxCompactPeriod(compactBits));
}

/**
 * The parts of the last stage that each have an output of the plan: as few as there can be, of as many rows but for one.
 *
 * @param compactBits of the compact results the plan ends in, or undefined when it ends in a ciphertext
 * @returns the stage itself where one output holds all its rows; otherwise its rows in order, the largest part first
 */
export function headsOf(stage: LinearStage, compactBits: number | undefined): readonly LinearStage[] {
  const rows = rowsOf(stage.map);
  const count = countOfHeads(rows, compactBits);
  if (count === 1) return [stage];
  const { matrix, columns, bias } = toMatrix(stage.map);
  const heads: LinearStage[] = [];
  for (let from = 0, left = count; left > 0; left--) {
    const size = Math.ceil((rows - from) / left);
    const to = from + size;
    const map = {
      kind: "matrix" as const,
      rows: size,
      columns,
      matrix: matrix.subarray(from * columns, to * columns),
      bias: bias.subarray(from, to),
    };
    heads.push({ ...stage, map, to: [size] });
    from = to;
  }
  return heads;
}
