/**
 * The scale a result has at level 1, where the modulus is one prime. Values repeat with period k and fill `outputs` slots of it, so no coefficient exceeds
 * Δ·bound·outputs/k. That may fill half of what the prime holds, a quarter of it to either side: beyond the bound there is as much room again before a value wraps around, and a
 * compact result loses no more precision than the margin asks for.
 */

/** Part of the prime the bounded coefficients may reach to either side; they wrap around at a half. */
const FILL = 1 / 4;
/** No scale is larger than this part of the prime, however small the outputs: SEAL refuses scales near the modulus. */
const LARGEST = 1 / 8;

/**
 * @param prime the first data prime
 * @param bound largest absolute value an output may take
 * @param period k
 * @param outputs number of slots of a period that hold values; the others are zero
 */
export function outputScale(
  prime: number,
  { bound, period, outputs }: { readonly bound: number; readonly period: number; readonly outputs: number },
): number {
  return Math.min(prime * LARGEST, (prime * FILL * period) / (bound * outputs));
}
