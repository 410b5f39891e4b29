/**
 * Layouts of dense matrices by the bits of the slot number. A vector of period p = 2^k sits on k bits; some of them may be copies: slots that differ in those bits alone hold the same element, as bits from k on
 * always are. Rows are numbered by copies, which cost nothing, and for the rest by the lowest other bits: the rotations are all sums of those bits, every slot then sees one element for each rotation, and the bits
 * that are left are folded.
 */
import type { Progression } from "./baby-giant.ts";
import type { Packing } from "./packing.ts";
import type { SlotProduct } from "./slot-product.ts";
import type { Fold } from "./stage-cost.ts";

/** How a vector sits in the slots, as far as the search needs to know. */
export interface Held {
  /** A power of two. */
  readonly period: number;
  /** Bits of the period, each a power of two, in which slots are copies of each other. */
  readonly copies: readonly number[];
}

/** Which bits number the rows. Each is a power of two. */
export interface RowBits {
  /** Lowest bits first. */
  readonly data: readonly number[];
  /** Copies, those beyond the period last. */
  readonly copies: readonly number[];
}

/** A run of bits next to each other. */
export interface BitRun {
  readonly step: number;
  /** 2^(number of bits). */
  readonly count: number;
}

/** Powers of two below a power of two. */
export function bitsBelow(period: number): number[] {
  return Array.from({ length: Math.log2(period) }, (_, k) => 2 ** k);
}

/**
 * The ways to number rows.
 *
 * @param rows a power of two
 * @param slots of a ciphertext
 */
export function rowBitsFor({ period, copies }: Held, rows: number, slots: number): RowBits[] {
  const data = bitsBelow(period).filter((bit) => !copies.includes(bit));
  const beyond = bitsBelow(slots).filter((bit) => bit >= period);
  const ways: RowBits[] = [];
  for (let chosen = 0; chosen < 2 ** copies.length; chosen++) {
    const within = copies.filter((_, k) => (chosen >> k) & 1);
    for (let most = 0; most <= beyond.length; most++) {
      const left = Math.log2(rows) - within.length - most;
      if (left < 0 || left > data.length) continue;
      ways.push({ data: data.slice(0, left), copies: [...within, ...beyond.slice(0, most)] });
    }
  }
  return ways;
}

/** The bits of a vector that neither number rows nor are copies, in runs: those to fold. */
export function foldRuns({ period, copies }: Held, rowBits: RowBits): BitRun[] {
  return runsOf(bitsBelow(period).filter((bit) => !copies.includes(bit) && !rowBits.data.includes(bit)));
}

/** Runs of bits next to each other, lowest first. */
export function runsOf(bits: readonly number[]): BitRun[] {
  const runs: BitRun[] = [];
  for (const bit of bits) {
    const last = runs.at(-1);
    if (last !== undefined && bit === last.step * last.count)
      runs[runs.length - 1] = { ...last, count: last.count * 2 };
    else runs.push({ step: bit, count: 2 });
  }
  return runs;
}

/** The rotations of a product, with as many baby steps in each run of bits as given. */
export function progressionsOf(rowBits: RowBits, babies: readonly number[]): Progression[] {
  return runsOf(rowBits.data).map((run, k) => ({ ...run, baby: babies[k] }));
}

/** How the rows sit in the slots afterwards. A fold goes round in circles, and leaves copies, where no other bit lies above the bits it folds. */
export function heldAfter(before: Held, rowBits: RowBits): Held {
  const beyond = rowBits.copies.filter((bit) => bit >= before.period);
  let period = before.period * 2 ** beyond.length;
  const folds = foldRuns(before, rowBits);
  const isFolded = (bit: number): boolean => folds.some(({ step, count }) => bit >= step && bit < step * count);
  const copies = bitsBelow(period).filter((bit, k, bits) => {
    if (!isFolded(bit)) return bit < before.period && before.copies.includes(bit) && !rowBits.copies.includes(bit);
    return bits.slice(k + 1).every(isFolded);
  });
  while (copies.at(-1) === period / 2) {
    copies.pop();
    period /= 2;
  }
  return { period, copies };
}

/**
 * A packing with each element in one slot and its copies, and in no others: more slots may happen to hold it, and would be met twice.
 *
 * @throws RangeError when the packing does not hold every element with all of its copies
 */
export function asHeld(packing: Packing, { period, copies }: Held): Packing {
  const elements = new Int32Array(period).fill(-1);
  const slots = new Int32Array(packing.slots.length).fill(-1);
  const offsets = copies.reduce<number[]>((all, bit) => [...all, ...all.map((offset) => offset + bit)], [0]);
  const within = copies.reduce((mask, bit) => mask | bit, 0);
  for (let slot = 0; slot < period; slot++) {
    const element = packing.elements[slot % packing.period];
    if (element < 0 || slots[element] >= 0 || (slot & within) !== 0) continue;
    if (offsets.some((offset) => packing.elements[(slot + offset) % packing.period] !== element)) continue;
    slots[element] = slot;
    for (const offset of offsets) elements[slot + offset] = element;
  }
  const lost = slots.indexOf(-1);
  if (lost >= 0) throw new RangeError(`element ${lost} is not in all of its copies`);
  return { period, slots, elements };
}

/** A matrix of so many rows as a product on slots. */
export function bitProduct(
  held: Held,
  split: { readonly rows: RowBits; readonly babies: readonly number[]; readonly folds: readonly Fold[] },
  rows: number,
): SlotProduct {
  const { data, copies } = split.rows;
  const bits = [...data, ...copies];
  const length = held.period * 2 ** copies.filter((bit) => bit >= held.period).length;
  const rowAt = Int32Array.from({ length }, (_, slot) => {
    const row = bits.reduce((sum, bit, k) => sum + ((slot & bit) === 0 ? 0 : 2 ** k), 0);
    return row < rows ? row : -1;
  });
  const parts = foldRuns(held, split.rows).reduce((product, { count }) => product * count, 1);
  return { pools: [], rowAt, progressions: progressionsOf(split.rows, split.babies), folds: split.folds, parts };
}
