import { invMod, mulMod } from "../modular.ts";
import { scalePolynomial, subPolynomials } from "../pointwise.ts";
import { liftCentred } from "./lift.ts";
import { type ReferenceRing, type Residues, specialIndices, toCoefficients, toValues } from "./ring.ts";

/**
 * Divides a polynomial by the product of some primes and rounds: the residues modulo them, nearest to zero, are subtracted, and
 * what is left is divisible. With one prime this is SEAL's `divide_and_round_q_last_ntt_inplace` (util/rns.cpp).
 *
 * @param ring parameter set
 * @param dropped indices of the primes divided by, with the residues modulo each
 * @param kept indices of the others, with the residues modulo each
 * @returns residues modulo the kept primes
 */
export function divideAndRound(
  ring: ReferenceRing,
  dropped: { readonly indices: readonly number[]; readonly residues: Residues },
  kept: { readonly indices: readonly number[]; readonly residues: Residues },
): Uint32Array[] {
  const basis = dropped.indices.map((index) => ring.primes[index]);
  const coefficients = dropped.residues.map((values, k) => toCoefficients(ring, dropped.indices[k], values));
  return kept.indices.map((index, k) => {
    const q = ring.primes[index];
    const remainder = toValues(ring, index, liftCentred(coefficients, basis, q));
    const product = basis.reduce((total, prime) => mulMod(total, prime % q, q), 1);
    return scalePolynomial(subPolynomials(kept.residues[k], remainder, q), invMod(product, q), q);
  });
}

/**
 * Division by the special primes, the end of a key switch, and by the last data primes with them.
 *
 * @param ring parameter set
 * @param residues modulo data primes 0 … level−1, then the special primes
 * @param times how many data primes to drop, below the level
 * @returns residues modulo data primes 0 … level−times−1
 */
export function modDown(ring: ReferenceRing, residues: Residues, times = 0): Uint32Array[] {
  const special = specialIndices(ring);
  const level = residues.length - special.length - times;
  const last = Array.from({ length: times }, (_, k) => level + k);
  return divideAndRound(
    ring,
    { indices: [...last, ...special], residues: residues.slice(level) },
    { indices: Array.from({ length: level }, (_, index) => index), residues: residues.slice(0, level) },
  );
}

/**
 * Division by the last data primes at once.
 *
 * @param ring parameter set
 * @param residues modulo data primes 0 … level−1
 * @param times how many primes to drop, below the level
 * @returns residues modulo data primes 0 … level−times−1
 */
export function rescale(ring: ReferenceRing, residues: Residues, times: number): Uint32Array[] {
  const level = residues.length - times;
  return divideAndRound(
    ring,
    { indices: Array.from({ length: times }, (_, k) => level + k), residues: residues.slice(level) },
    { indices: Array.from({ length: level }, (_, index) => index), residues: residues.slice(0, level) },
  );
}
