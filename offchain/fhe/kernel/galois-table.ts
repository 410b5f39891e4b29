import { galoisPermutation } from "../ring/automorphism.ts";

const MASKS = 8;
const MASK_WORDS = 4;

/**
 * The table by which the kernel permutes values (assembly/permute.ts): eight shuffle masks, then a word a vector.
 *
 * @param element Galois element, odd and below 2n
 * @param n ring degree, at least 16
 * @throws RangeError when the element is even or out of range
 */
export function galoisTable(element: number, n: number): Uint32Array {
  const permutation = galoisPermutation(element, n);
  const table = new Uint32Array(MASKS * MASK_WORDS + n / 4);
  const masks = new Map<string, number>();
  for (let v = 0; v < n / 4; v++) {
    const sources = permutation.subarray(4 * v, 4 * v + 4);
    const block = sources[0] & ~3;
    const lanes = Array.from(sources, (source) => source - block);
    const pattern = lanes.join();
    let mask = masks.get(pattern);
    if (mask === undefined) {
      mask = masks.size;
      masks.set(pattern, mask);
      // Lane l of a mask names the four bytes of the source lane.
      table.set(
        lanes.map((lane) => 0x03020100 + 0x04040404 * lane),
        mask * MASK_WORDS,
      );
    }
    table[MASKS * MASK_WORDS + v] = 4 * block + mask;
  }
  return table;
}
