/** Where the elements of a vector sit in the slots. */

/** Element k is in slot slots[k] + j·period for every j, and in all others that `elements` names; slots without an element hold anything that is finite. */
export interface Packing {
  /** A power of two that divides the number of slots. */
  readonly period: number;
  /** One slot of each element. */
  readonly slots: Int32Array;
  /** The element in each slot of the period, or −1: several slots may hold the same. */
  readonly elements: Int32Array;
}

/** The smallest power of two that is not below a size. */
export function powerOfTwoFrom(size: number): number {
  return 2 ** Math.ceil(Math.log2(size));
}

/** Elements in one slot each of a period, or, at −1, in none. */
export function packed(period: number, slots: Int32Array): Packing {
  const elements = new Int32Array(period).fill(-1);
  slots.forEach((slot, k) => {
    if (slot >= 0) elements[slot] = k;
  });
  return { period, slots, elements };
}

/** Elements in order, from slot 0. */
export function densePacking(size: number): Packing {
  return packed(
    powerOfTwoFrom(size),
    Int32Array.from({ length: size }, (_, k) => k),
  );
}

/** For every slot of the period the element it holds, or −1, each element once. */
export function elementsBySlot({ period, slots }: Packing): Int32Array {
  return packed(period, slots).elements;
}

/** Values of elements where the elements sit, 0 in other slots. */
export function inSlots({ elements }: Packing, values: Float64Array): Float64Array {
  return Float64Array.from(elements, (element) => (element < 0 ? 0 : values[element]));
}
