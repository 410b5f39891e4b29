/**
 * Arithmetic modulo primes below 2^30, exact, without BigInt and without branches on operands: the secret key passes
 * through here when keys are made in the browser.
 *
 * Method of the product: the quotient ⌊a·b/q⌋ is estimated in double precision, rounded so that it never exceeds the true
 * one and falls short by at most one; the remainder then follows from 32-bit wrapping products (Math.imul) and lies
 * in [0, 2q), one conditional subtraction from canonical.
 */

/** Every modulus must be below this bound, so that sums of two residues stay below 2^31. */
export const MODULUS_BOUND = 2 ** 30;

/**
 * Factor slightly below one by which an estimated quotient is scaled. Four roundings raise an estimate by a relative
 * 4·2⁻⁵³ and a little; 8·2⁻⁵³ takes that back, and the whole shortfall, 13·2⁻⁵³·2³⁰, stays far below one.
 */
export const ROUND_DOWN = 1 - 2 ** -50;

/**
 * Sum modulo q.
 *
 * @param a residue in [0, q)
 * @param b residue in [0, q)
 * @param q modulus below 2^30
 */
export function addMod(a: number, b: number, q: number): number {
  const t = a + b - q;
  return t + ((t >> 31) & q);
}

/**
 * Difference modulo q.
 *
 * @param a residue in [0, q)
 * @param b residue in [0, q)
 * @param q modulus below 2^30
 */
export function subMod(a: number, b: number, q: number): number {
  const t = a - b;
  return t + ((t >> 31) & q);
}

/**
 * Additive inverse modulo q.
 *
 * @param a residue in [0, q)
 * @param q modulus below 2^30
 */
export function negateMod(a: number, q: number): number {
  return subMod(0, a, q);
}

/**
 * Product modulo q.
 *
 * @param a residue in [0, q)
 * @param b residue in [0, q)
 * @param q modulus below 2^30
 */
export function mulMod(a: number, b: number, q: number): number {
  const quotient = (((a * b) / q) * ROUND_DOWN) | 0;
  const t = (Math.imul(a, b) - Math.imul(quotient, q) - q) | 0;
  return t + ((t >> 31) & q);
}

/**
 * The ratio that `mulModConstant` needs of a factor used many times.
 *
 * @param w residue in [0, q)
 * @param q modulus below 2^30
 */
export function constantRatio(w: number, q: number): number {
  return (w / q) * ROUND_DOWN;
}

/**
 * Product modulo q with a constant factor, without a division.
 *
 * @param a residue in [0, q)
 * @param w constant in [0, q)
 * @param ratio `constantRatio(w, q)`
 * @param q modulus below 2^30
 */
export function mulModConstant(a: number, w: number, ratio: number, q: number): number {
  const t = (Math.imul(a, w) - Math.imul((a * ratio) | 0, q) - q) | 0;
  return t + ((t >> 31) & q);
}

/**
 * Power modulo q by repeated squaring.
 *
 * @param base residue in [0, q)
 * @param exponent integer in [0, 2^53)
 * @param q modulus below 2^30
 */
export function powMod(base: number, exponent: number, q: number): number {
  let result = 1 % q;
  let square = base;
  for (let e = exponent; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) result = mulMod(result, square, q);
    square = mulMod(square, square, q);
  }
  return result;
}

/**
 * Multiplicative inverse modulo a prime, by Fermat's little theorem.
 *
 * @param a residue in [1, q)
 * @param q prime below 2^30
 * @throws RangeError when a is 0 modulo q
 */
export function invMod(a: number, q: number): number {
  if (a % q === 0) throw new RangeError(`0 has no inverse modulo ${q}`);
  return powMod(a, q - 2, q);
}

/**
 * Residue of a signed integer.
 *
 * @param x integer, |x| < 2^53
 * @param q modulus below 2^30
 */
export function toResidue(x: number, q: number): number {
  const r = x % q;
  return r < 0 ? r + q : r + 0;
}

/**
 * The representative of a residue nearest to zero, in (−q/2, q/2].
 *
 * @param a residue in [0, q)
 * @param q odd modulus below 2^30
 */
export function toCentred(a: number, q: number): number {
  return a > q / 2 ? a - q : a;
}
