/**
 * A matrix times a vector that sits anywhere in the slots: each slot adds up products for one row, over all rotations of the vector, and folds bring the parts of a row
 * together:
 *
 *     acc[t] = Σ_r W[row at t, element at t + r] · x[t + r],      then folded
 *
 * Who chooses the rows of slots, the rotations and the folds sees to it that every weight is met; where a whole row has come together is found by looking.
 */
import type { MatrixMap } from "./affine-map.ts";
import { lowerBabyGiant, lowerSum, rotationsOf, type Part, type Progression } from "./baby-giant.ts";
import { inSlots, type Packing } from "./packing.ts";
import type { ProgramBuilder, SlotVector, StepId } from "./program.ts";
import { weightAt } from "./sparse-matrix.ts";
import type { Fold } from "./stage-cost.ts";

/** How a product is spread over the slots. */
export interface SlotProduct {
  /** Of the vector, before anything else; the packing is that after them. */
  readonly pools: readonly Fold[];
  /** The row each slot works for, or −1; repeats with its length, a power of two that the period of the vector divides. */
  readonly rowAt: Int32Array;
  readonly progressions: readonly Progression[];
  readonly folds: readonly Fold[];
  /** How many slots of a row the folds bring together. */
  readonly parts: number;
}

/**
 * Lowers a product and the addition of its bias.
 *
 * @param parts packed, after `pools`, as `packing` says; elements it does not hold are added up in others, which have their weights
 * @param like has a weight wherever a part has one
 * @returns the value and where its rows are, or undefined when all weights are negligible
 * @throws RangeError when the slots do not bring some row together whole
 */
export function lowerSlotProduct(
  builder: ProgramBuilder,
  parts: readonly Part<MatrixMap>[],
  like: MatrixMap,
  packing: Packing,
  product: SlotProduct,
): { readonly value: StepId; readonly packing: Packing } | undefined {
  const { pools, progressions, folds } = product;
  const sum = lowerSum(builder, parts, ({ x, map }) => {
    const terms = (rotation: number): SlotVector => weightsOf(map, packing, product, rotation);
    return lowerBabyGiant(builder, lowerFolds(builder, x, pools), { progressions, terms });
  });
  if (sum === undefined) return undefined;
  const after = packingAfter(like, packing, product);
  return {
    value: builder.addVector(lowerFolds(builder, sum, folds), inSlots(after, parts[0].map.bias)),
    packing: after,
  };
}

function lowerFolds(builder: ProgramBuilder, x: StepId, folds: readonly Fold[]): StepId {
  let folded = x;
  for (const { step, pieces } of folds) {
    const piece = folded;
    for (let k = 1; k < pieces; k++) folded = builder.add(folded, builder.rotate(piece, k * step));
  }
  return folded;
}

function weightsOf(map: MatrixMap, packing: Packing, { rowAt }: SlotProduct, by: number): SlotVector {
  const { elements, period } = packing;
  return Float64Array.from(rowAt, (row, slot) => {
    const element = row < 0 ? -1 : elements[(slot + by) % period];
    return element < 0 ? 0 : weightAt(map, row, element);
  });
}

/**
 * Where the rows are afterwards. Every weight gets a number of its own, drawn by hashing, and so does every part of a row; they are added up as the products are, and a slot holds a row where its sum is that of
 * all weights and parts of the row.
 */
function packingAfter(map: MatrixMap, packing: Packing, product: SlotProduct): Packing {
  const { columns, rows, starts, indices } = map;
  const { rowAt, progressions, folds, parts } = product;
  let found: Float64Array = Float64Array.from(rowAt, (row) => (row < 0 ? 0 : mark(row, columns)));
  for (const by of rotationsOf(progressions)) {
    for (let slot = 0; slot < rowAt.length; slot++) {
      const row = rowAt[slot];
      const element = packing.elements[(slot + by) % packing.period];
      if (row >= 0 && element >= 0 && weightAt(map, row, element) !== 0) found[slot] += mark(row, element);
    }
  }
  for (const fold of folds) found = folded(found, fold);
  const whole = new Map<number, number>();
  for (let row = 0; row < rows; row++) {
    let sum = parts * mark(row, columns);
    for (const element of indices.subarray(starts[row], starts[row + 1]))
      if (packing.slots[element] >= 0) sum += mark(row, element);
    whole.set(sum, row);
  }
  return withShortestPeriod(
    Int32Array.from(found, (sum) => whole.get(sum) ?? -1),
    rows,
  );
}

function folded(values: Float64Array, { step, pieces }: Fold): Float64Array {
  const period = values.length;
  const wrapped = ((step % period) + period) % period;
  return values.map((_, slot) => {
    let sum = 0;
    for (let k = 0; k < pieces; k++) sum += values[(slot + k * wrapped) % period];
    return sum;
  });
}

function withShortestPeriod(all: Int32Array, rows: number): Packing {
  let elements = all;
  while (elements.length > 1 && halvesAgree(elements)) elements = elements.slice(0, elements.length / 2);
  const slots = new Int32Array(rows).fill(-1);
  for (let slot = elements.length - 1; slot >= 0; slot--) if (elements[slot] >= 0) slots[elements[slot]] = slot;
  const lost = slots.indexOf(-1);
  if (lost >= 0) throw new RangeError(`row ${lost} of ${rows} is whole in no slot`);
  return { period: elements.length, slots, elements };
}

function halvesAgree(elements: Int32Array): boolean {
  const half = elements.length / 2;
  for (let slot = 0; slot < half; slot++) if (elements[slot] !== elements[slot + half]) return false;
  return true;
}

/** A number from 1 to 2^30 for a weight: sums of millions of them are exact. */
function mark(row: number, element: number): number {
  let hash = Math.imul(row + 1, 0x9e3779b1) ^ Math.imul(element + 1, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return ((hash ^ (hash >>> 15)) >>> 2) + 1;
}
