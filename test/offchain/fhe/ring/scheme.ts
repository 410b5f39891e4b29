/** CKKS as a textbook writes it, on coefficients in BigInt-free residues: keys, encryption and decryption for tests of key switching. */
import { galoisCoefficients } from "../../../../offchain/fhe/ring/automorphism.ts";
import { invMod, mulMod, toResidue } from "../../../../offchain/fhe/ring/modular.ts";
import {
  addPolynomials,
  mulAddPolynomials,
  mulPolynomials,
  negatePolynomial,
} from "../../../../offchain/fhe/ring/pointwise.ts";
import {
  extendedIndices,
  groupsAt,
  type ReferenceKey,
  type ReferenceRing,
  type Residues,
  specialIndices,
  toCoefficients,
  toValues,
} from "../../../../offchain/fhe/ring/reference/ring.ts";
import { somePolynomial } from "./polynomials.ts";

/** Reproducible small integers in −bound … bound. */
function small(n: number, bound: number, seed: number): number[] {
  return Array.from(somePolynomial(n, 2 ** 30, seed), (x) => (x % (2 * bound + 1)) - bound);
}

/** A ternary secret as coefficients. */
export function secretCoefficients(ring: ReferenceRing, seed: number): number[] {
  return small(ring.n, 1, seed);
}

/** A polynomial of small coefficients, in NTT form modulo each prime. */
export function spread(ring: ReferenceRing, coefficients: readonly number[]): Uint32Array[] {
  return ring.primes.map((q, index) =>
    toValues(
      ring,
      index,
      Uint32Array.from(coefficients, (x) => toResidue(x, q)),
    ),
  );
}

/** s(X^element). */
export function turned(coefficients: readonly number[], element: number): number[] {
  const shifted = Uint32Array.from(coefficients, (x) => toResidue(x, 12289));
  return Array.from(galoisCoefficients(shifted, element, 12289), (x) => (x > 6144 ? x - 12289 : x));
}

/**
 * A key that switches from `from` to `to`: b = −(a·to + e) + P·from in the limbs of the digit's group, zero times it elsewhere.
 */
export function switchingKey(
  ring: ReferenceRing,
  from: readonly Uint32Array[],
  to: readonly Uint32Array[],
  level: number,
  seed: number,
): ReferenceKey {
  const indices = extendedIndices(ring, level);
  const special = specialIndices(ring).map((index) => ring.primes[index]);
  const digits = groupsAt(ring, level).map((group, g) => {
    const error = spread(ring, small(ring.n, 6, seed + 1000 * g + 1));
    const a = indices.map((index) => somePolynomial(ring.n, ring.primes[index], seed + 1000 * g + 10 + index));
    const b = indices.map((index, limb) => {
      const q = ring.primes[index];
      const masked = negatePolynomial(addPolynomials(mulPolynomials(a[limb], to[index], q), error[index], q), q);
      if (!group.includes(index)) return masked;
      const p = special.reduce((product, prime) => mulMod(product, prime % q, q), 1);
      mulAddPolynomials(masked, from[index], new Uint32Array(ring.n).fill(p), q);
      return masked;
    });
    return { b, a };
  });
  return { level, digits };
}

/** Encrypts a polynomial of integers under `secret`, at a level. */
export function encrypt(
  ring: ReferenceRing,
  message: readonly number[],
  secret: readonly Uint32Array[],
  level: number,
  seed: number,
): [Uint32Array[], Uint32Array[]] {
  const noise = small(ring.n, 6, seed);
  const noisy = spread(
    ring,
    message.map((m, i) => m + noise[i]),
  ).slice(0, level);
  const a = noisy.map((_, index) => somePolynomial(ring.n, ring.primes[index], seed + 1 + index));
  const b = noisy.map((values, index) => {
    const q = ring.primes[index];
    return addPolynomials(values, negatePolynomial(mulPolynomials(a[index], secret[index], q), q), q);
  });
  return [b, a];
}

/**
 * Decrypts to coefficients, given that they are below half the product of the first two primes: read from the residues modulo
 * those.
 */
export function decrypt(
  ring: ReferenceRing,
  components: readonly Residues[],
  secret: readonly Uint32Array[],
): number[] {
  const [q0, q1] = ring.primes;
  const [x0, x1] = [0, 1].map((index) => {
    const q = ring.primes[index];
    let power: Uint32Array = new Uint32Array(ring.n).fill(1);
    const sum = new Uint32Array(ring.n);
    for (const component of components) {
      mulAddPolynomials(sum, component[index], power, q);
      power = mulPolynomials(power, secret[index], q);
    }
    return toCoefficients(ring, index, sum);
  });
  const inverse = invMod(q0 % q1, q1);
  const product = BigInt(q0) * BigInt(q1);
  return Array.from(x0, (x, i) => {
    const digit = mulMod(toResidue(x1[i] - (x % q1), q1), inverse, q1);
    const value = BigInt(x) + BigInt(q0) * BigInt(digit);
    return Number(value > product / 2n ? value - product : value);
  });
}
