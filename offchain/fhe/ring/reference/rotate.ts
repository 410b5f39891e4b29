import { galoisPermutation, permute } from "../automorphism.ts";
import { mulMod } from "../modular.ts";
import { addPolynomials, scalePolynomial } from "../pointwise.ts";
import { modDown } from "./divide.ts";
import { decompose, decomposeAsSeal, type Digits, sumDigits } from "./key-switch.ts";
import { extendedIndices, type ReferenceKey, type ReferenceRing, type Residues, specialIndices } from "./ring.ts";

/** Two polynomials, residues each. */
export type Pair = readonly [Residues, Residues];

/**
 * A rotation as SEAL computes it (`apply_galois_inplace` in evaluator.cpp): permute, then switch keys.
 *
 * @param ring parameter set with one special prime and one prime a digit
 * @param ciphertext c0 and c1 modulo data primes 0 … level−1
 * @param element Galois element
 * @param key switches from s(X^element) to s
 */
export function rotateAsSeal(ring: ReferenceRing, [c0, c1]: Pair, element: number, key: ReferenceKey): Pair {
  const digits = decomposeAsSeal(ring, automorphism(ring, c1, element));
  const [sum0, sum1] = sumDigits(ring, digits, key);
  return [addResidues(ring, modDown(ring, sum0), automorphism(ring, c0, element)), modDown(ring, sum1)];
}

/**
 * A rotation of hoisted-1 from digits of c1 made before: permute the digits, then switch keys.
 *
 * @param ring parameter set
 * @param c0 modulo data primes 0 … level−1
 * @param digits `decompose` of c1
 * @param element Galois element
 * @param key switches from s(X^element) to s
 */
export function rotateHoisted(
  ring: ReferenceRing,
  c0: Residues,
  digits: Digits,
  element: number,
  key: ReferenceKey,
): Pair {
  const rotated = digits.map((digit) => automorphism(ring, digit, element));
  const [sum0, sum1] = sumDigits(ring, rotated, key);
  return [addResidues(ring, modDown(ring, sum0), automorphism(ring, c0, element)), modDown(ring, sum1)];
}

/**
 * The same without the division: modulo data and special primes, and times the product P of the special primes.
 *
 * @param ring parameter set
 * @param c0 modulo data primes 0 … level−1
 * @param digits `decompose` of c1
 * @param element Galois element
 * @param key switches from s(X^element) to s
 */
export function rotateHoistedExtended(
  ring: ReferenceRing,
  c0: Residues,
  digits: Digits,
  element: number,
  key: ReferenceKey,
): Pair {
  const rotated = digits.map((digit) => automorphism(ring, digit, element));
  const [sum0, sum1] = sumDigits(ring, rotated, key);
  const addend = extend(ring, automorphism(ring, c0, element));
  return [addResidues(ring, sum0, addend, extendedIndices(ring, c0.length)), sum1];
}

/**
 * A rotation of a ciphertext modulo data and special primes that stays there: only the second component is divided by the
 * special primes, to be decomposed (Bossuat, Mouchet, Troncoso-Pastoriza, Hubaux, "Efficient bootstrapping for approximate
 * homomorphic encryption with non-sparse keys", 2021, double hoisting).
 *
 * @param ring parameter set
 * @param ciphertext both components modulo data primes 0 … level−1, then the special primes
 * @param element Galois element
 * @param key switches from s(X^element) to s
 */
export function rotateExtended(ring: ReferenceRing, [x0, x1]: Pair, element: number, key: ReferenceKey): Pair {
  const second = modDown(ring, x1);
  const rotated = decompose(ring, second).map((digit) => automorphism(ring, digit, element));
  const [sum0, sum1] = sumDigits(ring, rotated, key);
  const indices = extendedIndices(ring, second.length);
  return [addResidues(ring, sum0, automorphism(ring, x0, element), indices), sum1];
}

/**
 * A polynomial modulo data and special primes, times the product P of the special primes: zero modulo those.
 *
 * @param ring parameter set
 * @param residues modulo data primes 0 … level−1
 */
export function extend(ring: ReferenceRing, residues: Residues): Uint32Array[] {
  const special = specialIndices(ring).map((index) => ring.primes[index]);
  const scaled = residues.map((values, limb) => {
    const q = ring.primes[limb];
    return scalePolynomial(
      values,
      special.reduce((product, p) => mulMod(product, p % q, q), 1),
      q,
    );
  });
  return [...scaled, ...special.map(() => new Uint32Array(ring.n))];
}

/**
 * From three components to two.
 *
 * @param ring parameter set
 * @param ciphertext c0, c1 and c2 modulo data primes 0 … level−1
 * @param key switches from s² to s
 * @param semantics how c2 is decomposed
 */
export function relinearise(
  ring: ReferenceRing,
  [c0, c1, c2]: readonly [Residues, Residues, Residues],
  key: ReferenceKey,
  semantics: "seal-4.1" | "hoisted-1",
): Pair {
  const digits = semantics === "seal-4.1" ? decomposeAsSeal(ring, c2) : decompose(ring, c2);
  const [sum0, sum1] = sumDigits(ring, digits, key);
  return [addResidues(ring, modDown(ring, sum0), c0), addResidues(ring, modDown(ring, sum1), c1)];
}

/**
 * The same without the division: modulo data and special primes, and times the product P of the special primes.
 *
 * @param ring parameter set
 * @param ciphertext c0, c1 and c2 modulo data primes 0 … level−1
 * @param key switches from s² to s
 */
export function relineariseExtended(
  ring: ReferenceRing,
  [c0, c1, c2]: readonly [Residues, Residues, Residues],
  key: ReferenceKey,
): Pair {
  const [sum0, sum1] = sumDigits(ring, decompose(ring, c2), key);
  const indices = extendedIndices(ring, c0.length);
  return [addResidues(ring, sum0, extend(ring, c0), indices), addResidues(ring, sum1, extend(ring, c1), indices)];
}

/** X → X^element on every residue polynomial. */
function automorphism(ring: ReferenceRing, residues: Residues, element: number): Uint32Array[] {
  const table = galoisPermutation(element, ring.n);
  return residues.map((values) => {
    const out = new Uint32Array(ring.n);
    permute(values, table, out);
    return out;
  });
}

/** Sum of residues modulo the first primes, or modulo the primes listed. */
function addResidues(
  ring: ReferenceRing,
  a: Residues,
  b: Residues,
  indices: readonly number[] = a.map((_, limb) => limb),
): Uint32Array[] {
  return a.map((values, limb) => addPolynomials(values, b[limb], ring.primes[indices[limb]]));
}
