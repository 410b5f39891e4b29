import { bitReverse, logDegree } from "./bit-reverse.ts";
import { negateMod } from "./modular.ts";

/** SEAL's generator of the rotation subgroup for CKKS slots. */
const GENERATOR = 3;

/**
 * The Galois element that rotates the slots to the left by `step`: 3^step mod 2n.
 *
 * @param step slots to the left; negative to the right; |step| < n/2
 * @param n ring degree, a power of two; there are n/2 slots
 * @throws RangeError when |step| ≥ n/2
 */
export function galoisElement(step: number, n: number): number {
  logDegree(n);
  const slots = n / 2;
  if (!Number.isInteger(step) || Math.abs(step) >= slots)
    throw new RangeError(`a rotation by ${step} is not within ±${slots}`);
  const exponent = step < 0 ? slots + step : step;
  const mask = 2 * n - 1;
  let element = 1;
  for (let i = 0; i < exponent; i++) element = (element * GENERATOR) & mask;
  return element;
}

/**
 * The Galois element of complex conjugation, 2n − 1.
 *
 * @param n ring degree, a power of two
 */
export function conjugationElement(n: number): number {
  return 2 * n - 1;
}

/**
 * The element whose automorphism undoes that of `element`, its inverse modulo 2n.
 *
 * @param element odd integer in [1, 2n)
 * @param n ring degree, a power of two
 */
export function inverseElement(element: number, n: number): number {
  checkElement(element, n);
  // Newton's iteration for inverses modulo powers of two; each step doubles the correct bits, 3 at the start.
  let inverse = element;
  for (let bits = 3; bits < 32; bits *= 2) inverse = Math.imul(inverse, 2 - Math.imul(element, inverse));
  return inverse & (2 * n - 1);
}

/**
 * The automorphism X → X^element on values in NTT form (bit-reversed order): out[i] = in[table[i]].
 *
 * @param element odd integer in [1, 2n)
 * @param n ring degree, a power of two
 * @returns the table, n indices
 * @throws RangeError when the element is even or out of range
 */
export function galoisPermutation(element: number, n: number): Uint32Array {
  checkElement(element, n);
  const logN = logDegree(n);
  const table = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    // Slot i holds the value at ψ^(2·bitrev(i) + 1).
    const exponent = Math.imul(element, bitReverse(n + i, logN + 1));
    table[i] = bitReverse((exponent >>> 1) & (n - 1), logN);
  }
  return table;
}

/**
 * Applies a table of `galoisPermutation`.
 *
 * @param values n residues in NTT form
 * @param table n indices
 * @param out where the result goes, n residues; not the same array as `values`
 */
export function permute(values: Uint32Array, table: Uint32Array, out: Uint32Array): void {
  for (let i = 0; i < table.length; i++) out[i] = values[table[i]];
}

/**
 * The automorphism X → X^element on coefficients: coefficient i moves to i·element mod n, with a sign when it
 * passes X^n = −1 an odd number of times.
 *
 * @param coefficients n residues in [0, q)
 * @param element odd integer in [1, 2n)
 * @param q modulus below 2^30
 * @returns n residues in [0, q)
 * @throws RangeError when the element is even or out of range
 */
export function galoisCoefficients(coefficients: Uint32Array, element: number, q: number): Uint32Array {
  const n = coefficients.length;
  checkElement(element, n);
  const out = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    const target = Math.imul(i, element) & (2 * n - 1);
    out[target & (n - 1)] = target < n ? coefficients[i] : negateMod(coefficients[i], q);
  }
  return out;
}

function checkElement(element: number, n: number): void {
  if (!Number.isInteger(element) || element < 1 || element >= 2 * n || element % 2 === 0) {
    throw new RangeError(`a Galois element for n = ${n} is odd and in [1, ${2 * n}), not ${element}`);
  }
}
