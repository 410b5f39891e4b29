/**
 * The small ring S = Z[Y]/(Y^1024 + 1) modulo 2^27, where compact results live (docs/spec/compact-1.md, section 1).
 *
 * A power of two has no number-theoretic transform, so products are taken over the integers, modulo two primes whose product exceeds twice any
 * sum formed here, and brought back by Chinese remainders. Nothing branches on a coefficient: the small secret passes through.
 */
import { mulModConstant, constantRatio, invMod } from "../ring/modular.ts";
import { createNtt } from "../ring/ntt.ts";
import { mulAddPolynomials } from "../ring/pointwise.ts";

/** Degree N′ of the small ring. */
export const SMALL_DEGREE = 1024;

/** log2 of its modulus: the 128-bit bound of the standard for a ternary secret of this degree. */
export const SMALL_MODULUS_BITS = 27;

/** Its modulus Q. */
export const SMALL_MODULUS = 2 ** SMALL_MODULUS_BITS;

/** x & SMALL_MASK is x modulo Q, for 32-bit integers of either sign. */
export const SMALL_MASK = SMALL_MODULUS - 1;

// The two largest primes below 2^30 that are ≡ 1 modulo 2·1024, P < R; their product is above 2^59.9. A sum of 224 products of 1,024 terms
// below 2^27·2^3 (N = 32,768) stays below 2^48, one product with an ephemeral below 2^27·2^10·1024 = 2^47.
const P = 1073698817;
const R = 1073707009;
/** The two primes. */
export const SMALL_PRIMES: readonly [number, number] = [P, R];

const firstNtt = createNtt(SMALL_DEGREE, P);
const secondNtt = createNtt(SMALL_DEGREE, R);
const P_INVERSE = invMod(P, R);
const P_INVERSE_RATIO = constantRatio(P_INVERSE, R);
const HALF_R = (R - 1) / 2;
/** −P·R modulo 2^32. */
const MINUS_PRODUCT = -Math.imul(P, R) | 0;

/** An integer polynomial of S, transformed modulo both primes. */
export interface Transformed {
  readonly first: Uint32Array;
  readonly second: Uint32Array;
}

/** A transformed zero, to accumulate into. */
export function zeroTransformed(): Transformed {
  return { first: new Uint32Array(SMALL_DEGREE), second: new Uint32Array(SMALL_DEGREE) };
}

/**
 * Transforms an integer polynomial.
 *
 * @param coefficients 1,024 integers, magnitude below 2^29
 * @param out where the result goes
 */
export function transform(coefficients: Int8Array | Int32Array | Uint32Array, out = zeroTransformed()): Transformed {
  for (let i = 0; i < SMALL_DEGREE; i++) {
    const x = coefficients[i] | 0;
    const sign = x >> 31;
    out.first[i] = x + (sign & P);
    out.second[i] = x + (sign & R);
  }
  firstNtt.forward(out.first);
  secondNtt.forward(out.second);
  return out;
}

/** Adds the product of two transformed polynomials to a third, in place. */
export function addProduct(sum: Transformed, a: Transformed, b: Transformed): void {
  mulAddPolynomials(sum.first, a.first, b.first, P);
  mulAddPolynomials(sum.second, a.second, b.second, R);
}

/**
 * Brings an accumulated sum of products back, modulo Q.
 *
 * @param sum overwritten; the integer coefficients it stands for are below 2^58 in magnitude
 * @returns 1,024 coefficients in [0, 2^27)
 */
export function reduceToSmall(sum: Transformed): Uint32Array {
  const { first, second } = sum;
  firstNtt.inverse(first);
  secondNtt.inverse(second);
  return combineSmall([first, second]);
}

/**
 * Integer coefficients from their residues modulo the two primes, modulo Q.
 *
 * @param residues 1,024 each; the integers are below 2^58 in magnitude
 * @returns 1,024 coefficients in [0, 2^27)
 */
export function combineSmall([first, second]: readonly [Uint32Array, Uint32Array]): Uint32Array {
  const out = new Uint32Array(SMALL_DEGREE);
  for (let i = 0; i < SMALL_DEGREE; i++) {
    // Garner: x = first + P·t, t in [0, R). t above half means a negative integer, one product of the primes lower.
    let difference = second[i] - first[i];
    difference += (difference >> 31) & R;
    const t = mulModConstant(difference, P_INVERSE, P_INVERSE_RATIO, R);
    out[i] = (first[i] + Math.imul(P, t) + (((HALF_R - t) >> 31) & MINUS_PRODUCT)) & SMALL_MASK;
  }
  return out;
}

/**
 * The product of two integer polynomials modulo Q.
 *
 * @param a 1,024 integers, magnitude below 2^28; as many for b, with 1,024·|a|·|b| < 2^58
 */
export function multiplySmall(
  a: Int8Array | Int32Array | Uint32Array,
  b: Int8Array | Int32Array | Uint32Array,
): Uint32Array {
  const sum = zeroTransformed();
  addProduct(sum, transform(a), transform(b));
  return reduceToSmall(sum);
}
