/** Tables of the kernel's transforms, in the order the kernel reads them (assembly/forward.ts and assembly/inverse.ts). */
import { shoup } from "./shoup.ts";

/** Residues the last levels of the forward transform, and the first of the inverse, take at a time. */
const TAIL = 16;

/**
 * Twiddle factors of the forward transform.
 *
 * @param roots `rootPowers(ψ, n, q)`
 * @param q prime modulus
 */
export function forwardTable(roots: Uint32Array, q: number): Uint32Array {
  const n = roots.length;
  const words: number[] = [];
  const pair = (index: number): void => {
    words.push(roots[index], shoup(roots[index], q));
  };
  for (let groups = 1, gap = n / 4; gap >= 4; groups *= 4, gap /= 4) {
    for (let g = 0; g < groups; g++) {
      pair(groups + g);
      pair(2 * (groups + g));
      pair(2 * (groups + g) + 1);
      words.push(0, 0);
    }
  }
  for (let t = 0; t < n / TAIL; t++) {
    if (isOdd(n)) {
      pair(n / 8 + 2 * t);
      pair(n / 8 + 2 * t + 1);
    }
    lanes(words, roots, q, (lane) => n / 4 + 4 * t + lane);
    lanes(words, roots, q, (lane) => n / 2 + 2 * (4 * t + lane));
    lanes(words, roots, q, (lane) => n / 2 + 2 * (4 * t + lane) + 1);
  }
  return Uint32Array.from(words);
}

/**
 * Twiddle factors of the inverse transform, but for its last level, which the scale holds.
 *
 * @param roots `rootPowers(ψ⁻¹, n, q)`
 * @param q prime modulus
 */
export function inverseTable(roots: Uint32Array, q: number): Uint32Array {
  const n = roots.length;
  const words: number[] = [];
  const pair = (index: number): void => {
    words.push(roots[index], shoup(roots[index], q));
  };
  for (let t = 0; t < n / TAIL; t++) {
    lanes(words, roots, q, (lane) => n / 2 + 2 * (4 * t + lane));
    lanes(words, roots, q, (lane) => n / 2 + 2 * (4 * t + lane) + 1);
    lanes(words, roots, q, (lane) => n / 4 + 4 * t + lane);
    if (isOdd(n)) {
      pair(n / 8 + 2 * t);
      pair(n / 8 + 2 * t + 1);
    }
  }
  for (let groups = isOdd(n) ? n / 32 : n / 16; groups >= 1; groups /= 4) {
    for (let g = 0; g < groups; g++) {
      pair(2 * (groups + g));
      pair(2 * (groups + g) + 1);
      pair(groups + g);
      words.push(0, 0);
    }
  }
  return Uint32Array.from(words);
}

/** Whether the degree is an odd power of two: the levels do not pair up, and one more is done in the tail. */
function isOdd(n: number): boolean {
  return (31 - Math.clz32(n)) % 2 === 1;
}

/** A vector of four factors, one a block, and the vector of their companions. */
function lanes(words: number[], roots: Uint32Array, q: number, index: (lane: number) => number): void {
  const factors = [0, 1, 2, 3].map((lane) => roots[index(lane)]);
  words.push(...factors, ...factors.map((w) => shoup(w, q)));
}
