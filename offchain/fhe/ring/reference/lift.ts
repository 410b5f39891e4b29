import { invMod, mulMod, toResidue } from "../modular.ts";
import { addPolynomials, scalePolynomial } from "../pointwise.ts";

/**
 * Takes coefficients modulo a product Q of primes, as integers nearest to zero, to another prime.
 *
 * With yⱼ = xⱼ·(Q/qⱼ)⁻¹ mod qⱼ the integer is Σ yⱼ·(Q/qⱼ) − v·Q, where v is Σ yⱼ/qⱼ rounded (Halevi, Polyakov, Shoup, "An improved
 * RNS variant of the BFV scheme", 2018). For one prime v is exact: 1 where x > ⌊q/2⌋. For several it is
 * ⌊(Σ ⌊yⱼ·⌊2⁵⁸/qⱼ⌋/2³²⌋ + 2²⁵)/2²⁶⌋: integers only, the same everywhere, and off by one only where x is within a 2⁻²²-th of
 * ±Q/2, where both representatives are equally good.
 *
 * @param coefficients residues modulo each prime of the basis, in coefficient form
 * @param basis the primes
 * @param q the other prime
 * @returns residues in [0, q)
 */
export function liftCentred(coefficients: readonly Uint32Array[], basis: readonly number[], q: number): Uint32Array {
  const productOf = (primes: readonly number[], modulus: number): number =>
    primes.reduce((product, prime) => mulMod(product, prime % modulus, modulus), 1);
  const others = (j: number): number[] => basis.filter((_, k) => k !== j);
  const ys = basis.map((prime, j) =>
    scalePolynomial(coefficients[j], invMod(productOf(others(j), prime), prime), prime),
  );
  const modulo = (polynomial: Uint32Array): Uint32Array => polynomial.map((x) => x % q);
  return ys.reduce(
    (sum, y, j) => addPolynomials(sum, scalePolynomial(modulo(y), productOf(others(j), q), q), q),
    scalePolynomial(modulo(quotients(ys, basis)), toResidue(-productOf(basis, q), q), q),
  );
}

/** v, coefficient by coefficient. */
function quotients(ys: readonly Uint32Array[], basis: readonly number[]): Uint32Array {
  if (basis.length === 1) return ys[0].map((y) => Number(y > Math.floor(basis[0] / 2)));
  const fractions = basis.map((prime) => Number(2n ** 58n / BigInt(prime)));
  return ys[0].map((_, i) => {
    const sum = ys.reduce((total, y, j) => total + upperWord(y[i], fractions[j]), 2 ** 25);
    return Math.floor(sum / 2 ** 26);
  });
}

/** ⌊y·f/2³²⌋ for y below 2^30 and f below 2^32, exact: no intermediate value reaches 2^53. */
function upperWord(y: number, f: number): number {
  const low = Math.floor((y * (f % 65536)) / 65536);
  return Math.floor((y * Math.floor(f / 65536) + low) / 65536);
}
