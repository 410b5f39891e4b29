import { mulAddPolynomials } from "../pointwise.ts";
import { liftCentred } from "./lift.ts";
import {
  extendedIndices,
  groupsAt,
  type ReferenceKey,
  type ReferenceRing,
  type Residues,
  toCoefficients,
  toValues,
} from "./ring.ts";

/** Digits of a polynomial: for each digit, residues modulo data primes 0 … level−1 and the special primes. */
export type Digits = readonly Residues[];

/**
 * Digits as SEAL takes them: one a prime, each coefficient as the integer in [0, q) it is kept as.
 *
 * @param ring parameter set with one prime a digit
 * @param residues modulo data primes 0 … level−1
 */
export function decomposeAsSeal(ring: ReferenceRing, residues: Residues): Digits {
  const indices = extendedIndices(ring, residues.length);
  return residues.map((values, j) => {
    const coefficients = toCoefficients(ring, j, values);
    return indices.map((index) => {
      if (index === j) return values;
      const q = ring.primes[index];
      return toValues(
        ring,
        index,
        coefficients.map((x) => x % q),
      );
    });
  });
}

/**
 * Digits of hoisted-1: one a group of primes, each coefficient as the integer nearest to zero. An automorphism then maps digits
 * to digits, so one decomposition serves many rotations.
 *
 * @param ring parameter set
 * @param residues modulo data primes 0 … level−1
 */
export function decompose(ring: ReferenceRing, residues: Residues): Digits {
  const level = residues.length;
  const indices = extendedIndices(ring, level);
  return groupsAt(ring, level).map((group) => {
    const coefficients = group.map((index) => toCoefficients(ring, index, residues[index]));
    const basis = group.map((index) => ring.primes[index]);
    return indices.map((index) => {
      if (group.includes(index)) return residues[index];
      return toValues(ring, index, liftCentred(coefficients, basis, ring.primes[index]));
    });
  });
}

/**
 * Digits times key: Σ dⱼ·bⱼ and Σ dⱼ·aⱼ.
 *
 * @param ring parameter set
 * @param digits of the polynomial to be switched
 * @param key key for at least the digits' level
 * @returns two polynomials modulo data primes 0 … level−1 and the special primes; `modDown` is to follow
 */
export function sumDigits(ring: ReferenceRing, digits: Digits, key: ReferenceKey): [Uint32Array[], Uint32Array[]] {
  const specials = ring.primes.length - ring.dataCount;
  const level = digits[0].length - specials;
  const indices = extendedIndices(ring, level);
  const sumWith = (part: "b" | "a"): Uint32Array[] =>
    indices.map((index, limb) => {
      const sum = new Uint32Array(ring.n);
      const keyLimb = limb < level ? limb : key.level + limb - level;
      digits.forEach((digit, j) => {
        mulAddPolynomials(sum, digit[limb], key.digits[j][part][keyLimb], ring.primes[index]);
      });
      return sum;
    });
  return [sumWith("b"), sumWith("a")];
}
