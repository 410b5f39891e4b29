import { invMod, mulMod, toResidue } from "../modular.ts";

/** Bits of fraction to which the quotient of a base conversion is estimated. */
const FRACTION_BITS = 28n;

/**
 * Takes coefficients modulo a product Q of primes, as integers nearest to zero, to another prime.
 *
 * With yⱼ = xⱼ·(Q/qⱼ)⁻¹ mod qⱼ the integer is Σ yⱼ·(Q/qⱼ) − v·Q, where v is Σ yⱼ/qⱼ rounded (Halevi, Polyakov, Shoup, "An improved
 * RNS variant of the BFV scheme", 2018). For one prime v is exact: 1 where x > ⌊q/2⌋. For several it is
 * ⌊(Σ ⌊yⱼ·⌊2⁶⁰/qⱼ⌋/2³²⌋ + 2²⁷)/2²⁸⌋: integers only, the same everywhere, and off by one only where x is within a 2⁻²⁴-th of
 * ±Q/2, where both representatives are equally good.
 *
 * @param coefficients residues modulo each prime of the basis, in coefficient form
 * @param basis the primes
 * @param q the other prime
 * @returns residues in [0, q)
 */
export function liftCentred(coefficients: readonly Uint32Array[], basis: readonly number[], q: number): Uint32Array {
  const n = coefficients[0].length;
  const products = (primes: readonly number[], modulus: number): number =>
    primes.reduce((product, prime) => mulMod(product, prime % modulus, modulus), 1);
  const others = (j: number): number[] => basis.filter((_, k) => k !== j);
  const inverses = basis.map((prime, j) => invMod(products(others(j), prime), prime));
  const weights = basis.map((_, j) => products(others(j), q));
  const complement = toResidue(-products(basis, q), q);
  const out = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    const ys = basis.map((prime, j) => mulMod(coefficients[j][i], inverses[j], prime));
    const v = basis.length === 1 ? Number(ys[0] > Math.floor(basis[0] / 2)) : roundedQuotient(ys, basis);
    let sum = mulMod(v, complement, q);
    ys.forEach((y, j) => {
      sum = (sum + mulMod(y % q, weights[j], q)) % q;
    });
    out[i] = sum;
  }
  return out;
}

function roundedQuotient(ys: readonly number[], basis: readonly number[]): number {
  const half = 1n << (FRACTION_BITS - 1n);
  const sum = ys.reduce((total, y, j) => {
    const fraction = (1n << (32n + FRACTION_BITS)) / BigInt(basis[j]);
    return total + ((BigInt(y) * fraction) >> 32n);
  }, half);
  return Number(sum >> FRACTION_BITS);
}
