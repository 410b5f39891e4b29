/** Exact modulus switching: q0 → 2^27 → 2^T (docs/spec/compact-1.md, sections 3 and 5). */
import { SMALL_MASK, SMALL_MODULUS, SMALL_MODULUS_BITS } from "./small-ring.ts";

/**
 * ⌊(x·2^27 + ⌊q/2⌋) / q⌋ mod 2^27: the nearest multiple of q/2^27.
 *
 * Method: the numerator has 57 bits, so the quotient is estimated in double precision, off by at most one; the remainder of the estimate,
 * exact modulo 2^32 and within ±2q, says which way.
 *
 * @param x residue in [0, q)
 * @param q prime, 2^27 < q < 2^30
 */
export function switchToSmall(x: number, q: number): number {
  const half = q >>> 1;
  const estimate = Math.floor((x * SMALL_MODULUS + half) / q);
  const remainder = ((x << SMALL_MODULUS_BITS) + half - Math.imul(estimate, q)) | 0;
  return (estimate + (remainder >> 31) + (((q - 1 - remainder) >> 31) & 1)) & SMALL_MASK;
}

/**
 * Rounds coefficients modulo 2^27 to modulus 2^bits, halves upwards.
 *
 * @param coefficients in [0, 2^27)
 * @param bits T
 * @returns as many in [0, 2^bits)
 */
export function switchToBits(coefficients: Uint32Array, bits: number): Uint32Array {
  const drop = SMALL_MODULUS_BITS - bits;
  const half = 2 ** (drop - 1);
  const mask = 2 ** bits - 1;
  return coefficients.map((x) => ((x + half) >>> drop) & mask);
}
