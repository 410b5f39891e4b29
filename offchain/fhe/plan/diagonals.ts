/**
 * A matrix times a vector that repeats in the slots, by diagonals (Halevi and Shoup, "Algorithms in HElib", 2014, section 4.3) in the hybrid
 * form (Juvekar and others, "GAZELLE", 2018, section 4.2): the copies of the vector work on different rows at once, and what each computes in pieces is folded together.
 *
 * The vector has p columns, a stride s apart, and repeats with period p·s; between the columns, s independent windows lie side by side. With d rows (a power of two)
 * on G groups of p·s slots, each group computes m = d/G rows, and
 *
 *     acc[g, j] = Σ_{r<m} W[m·g + (j mod m), (j + r) mod p] · x[g, (j + r) mod p],      then folded over j, j + m, j + 2m, …
 *
 * Row m·g + t is then in slot p·s·g + s·t of its window. With one group the folding goes round in circles, and the result repeats with period m·s; with several, slots
 * beyond the first m of each group hold sums over parts of neighbouring rows, which the next layer gives weight zero.
 */
import { lowerBabyGiant, lowerSum, type Part } from "./baby-giant.ts";
import { packed, powerOfTwoFrom, type Packing } from "./packing.ts";
import type { ProgramBuilder, SlotVector, StepId } from "./program.ts";

/** A matrix as the slots see it. */
export interface SlotMatrix {
  /** p, a power of two. */
  readonly columns: number;
  /** s, a power of two: distance between columns. */
  readonly stride: number;
  /** Windows in use, at most s. */
  readonly windows: number;
  readonly rows: number;
  /** Weight of a row and a column, 0 where a column holds no element. */
  readonly weight: (row: number, column: number) => number;
  readonly bias: Float64Array;
}

/** How a matrix is split. */
export interface DiagonalSplit {
  /** G, a power of two: groups of p·s slots that compute different rows. */
  readonly groups: number;
  /** b, a power of two that divides m: rotations shared by all giant steps. */
  readonly baby: number;
  /** How many pieces each fold adds up, powers of two whose product is p/m; pairs when omitted. More pieces are more keys, and fewer decompositions where rotations are hoisted. */
  readonly folds?: readonly number[];
}

/** Pairs, and nothing else: the folds that need fewest keys. */
export function foldsInPairs(pieces: number): number[] {
  return Array.from({ length: Math.log2(pieces) }, () => 2);
}

/** d: rows padded to a power of two. */
function paddedRows(matrix: Pick<SlotMatrix, "rows">): number {
  return powerOfTwoFrom(matrix.rows);
}

/**
 * Lowers a product with a matrix and the addition of its bias.
 *
 * Giant steps by Horner's rule: every step is the same rotation, so they share one key.
 *
 * @param parts of the vector, packed as the matrices say, which are alike but for their weights
 * @returns undefined when all weights are negligible
 */
export function lowerDiagonals(
  builder: ProgramBuilder,
  parts: readonly Part<SlotMatrix>[],
  split: DiagonalSplit,
): StepId | undefined {
  const [{ map: first }] = parts;
  const { columns, stride } = first;
  const diagonals = paddedRows(first) / split.groups;
  const progressions = [{ step: stride, count: diagonals, baby: split.baby }];
  const sum = lowerSum(builder, parts, ({ x, map }) => {
    const terms = (rotation: number): SlotVector => diagonal(map, split.groups, diagonals, rotation / stride);
    return lowerBabyGiant(builder, x, { progressions, terms });
  });
  if (sum === undefined) return undefined;
  let folded = sum;
  let step = diagonals * stride;
  for (const pieces of split.folds ?? foldsInPairs(Math.max(1, columns / diagonals))) {
    const piece = folded;
    for (let k = 1; k < pieces; k++) folded = builder.add(folded, builder.rotate(piece, k * step));
    step *= pieces;
  }
  return builder.addVector(folded, biasVector(first, split.groups));
}

/**
 * Where the rows are afterwards: element w·rows + i of the result, row i of window w.
 */
export function packingAfter(
  matrix: Pick<SlotMatrix, "columns" | "stride" | "windows" | "rows">,
  groups: number,
): Packing {
  const { columns, stride, windows, rows } = matrix;
  const diagonals = paddedRows(matrix) / groups;
  const slots = new Int32Array(windows * rows);
  for (let row = 0; row < rows; row++) {
    const [group, t] = [Math.floor(row / diagonals), row % diagonals];
    for (let window = 0; window < windows; window++)
      slots[window * rows + row] = columns * stride * group + stride * t + window;
  }
  return packed((groups === 1 ? diagonals : groups * columns) * stride, slots);
}

function diagonal(matrix: SlotMatrix, groups: number, diagonals: number, r: number): SlotVector {
  const { columns, stride, windows, rows, weight } = matrix;
  const vector = new Float64Array(groups * columns * stride);
  for (let g = 0; g < groups; g++) {
    for (let j = 0; j < columns; j++) {
      const row = diagonals * g + (j % diagonals);
      const value = row < rows ? weight(row, (j + r) % columns) : 0;
      if (value === 0) continue;
      const at = columns * stride * g + stride * j;
      vector.fill(value, at, at + windows);
    }
  }
  return vector;
}

function biasVector(matrix: SlotMatrix, groups: number): SlotVector {
  const { slots, period } = packingAfter(matrix, groups);
  const vector = new Float64Array(period);
  slots.forEach((slot, k) => {
    vector[slot] = matrix.bias[k % matrix.rows];
  });
  return vector;
}
