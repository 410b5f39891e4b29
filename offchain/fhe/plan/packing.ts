/** Where the elements of a vector sit in the slots. */

/** Element k is in slot slots[k] + j·period for every j; other slots hold anything that is finite. */
export interface Packing {
  /** A power of two that divides the number of slots. */
  readonly period: number;
  readonly slots: Int32Array;
}

/** The smallest power of two that is not below a size. */
export function powerOfTwoFrom(size: number): number {
  return 2 ** Math.ceil(Math.log2(size));
}

/** Elements in order, from slot 0. */
export function densePacking(size: number): Packing {
  return { period: powerOfTwoFrom(size), slots: Int32Array.from({ length: size }, (_, k) => k) };
}

/** For every slot of the period the element it holds, or −1. */
export function elementsBySlot({ period, slots }: Packing): Int32Array {
  const elements = new Int32Array(period).fill(-1);
  slots.forEach((slot, k) => {
    elements[slot] = k;
  });
  return elements;
}

/** Values of elements where the elements sit, 0 in other slots. */
export function inSlots({ period, slots }: Packing, values: Float64Array): Float64Array {
  const vector = new Float64Array(period);
  slots.forEach((slot, k) => {
    vector[slot] = values[k];
  });
  return vector;
}
