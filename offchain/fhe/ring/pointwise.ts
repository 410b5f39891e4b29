import { ROUND_DOWN } from "./modular.ts";

/**
 * Sum of two polynomials, residue by residue.
 *
 * @param a residues in [0, q)
 * @param b as many residues in [0, q)
 * @param q modulus below 2^30
 * @param out where the result goes; may be a or b
 */
export function addPolynomials(
  a: Uint32Array,
  b: Uint32Array,
  q: number,
  out = new Uint32Array(a.length),
): Uint32Array {
  for (let i = 0; i < a.length; i++) {
    const t = (a[i] + b[i] - q) | 0;
    out[i] = t + ((t >> 31) & q);
  }
  return out;
}

/**
 * Difference of two polynomials, residue by residue.
 *
 * @param a residues in [0, q)
 * @param b as many residues in [0, q)
 * @param q modulus below 2^30
 * @param out where the result goes; may be a or b
 */
export function subPolynomials(
  a: Uint32Array,
  b: Uint32Array,
  q: number,
  out = new Uint32Array(a.length),
): Uint32Array {
  for (let i = 0; i < a.length; i++) {
    const t = (a[i] - b[i]) | 0;
    out[i] = t + ((t >> 31) & q);
  }
  return out;
}

/**
 * Additive inverse of a polynomial, residue by residue.
 *
 * @param a residues in [0, q)
 * @param q modulus below 2^30
 * @param out where the result goes; may be a
 */
export function negatePolynomial(a: Uint32Array, q: number, out = new Uint32Array(a.length)): Uint32Array {
  for (let i = 0; i < a.length; i++) {
    const t = -a[i] | 0;
    out[i] = t + ((t >> 31) & q);
  }
  return out;
}

/**
 * Product of two polynomials in NTT form, value by value. The method is that of `mulMod`.
 *
 * @param a residues in [0, q)
 * @param b as many residues in [0, q)
 * @param q modulus below 2^30
 * @param out where the result goes; may be a or b
 */
export function mulPolynomials(
  a: Uint32Array,
  b: Uint32Array,
  q: number,
  out = new Uint32Array(a.length),
): Uint32Array {
  const inverse = (1 / q) * ROUND_DOWN;
  for (let i = 0; i < a.length; i++) {
    const x = a[i];
    const y = b[i];
    const t = (Math.imul(x, y) - Math.imul((x * y * inverse) | 0, q) - q) | 0;
    out[i] = t + ((t >> 31) & q);
  }
  return out;
}

/**
 * Adds the product of two polynomials in NTT form to a third, in place.
 *
 * @param sum residues in [0, q), replaced by sum + a·b
 * @param a residues in [0, q)
 * @param b residues in [0, q)
 * @param q modulus below 2^30
 */
export function mulAddPolynomials(sum: Uint32Array, a: Uint32Array, b: Uint32Array, q: number): void {
  const inverse = (1 / q) * ROUND_DOWN;
  for (let i = 0; i < a.length; i++) {
    const x = a[i];
    const y = b[i];
    let t = (Math.imul(x, y) - Math.imul((x * y * inverse) | 0, q) - q) | 0;
    t += (t >> 31) & q;
    const s = (sum[i] + t - q) | 0;
    sum[i] = s + ((s >> 31) & q);
  }
}

/**
 * Product of a polynomial with a scalar.
 *
 * @param a residues in [0, q)
 * @param w scalar in [0, q)
 * @param q modulus below 2^30
 * @param out where the result goes; may be a
 */
export function scalePolynomial(a: Uint32Array, w: number, q: number, out = new Uint32Array(a.length)): Uint32Array {
  const ratio = (w / q) * ROUND_DOWN;
  for (let i = 0; i < a.length; i++) {
    const x = a[i];
    const t = (Math.imul(x, w) - Math.imul((x * ratio) | 0, q) - q) | 0;
    out[i] = t + ((t >> 31) & q);
  }
  return out;
}
