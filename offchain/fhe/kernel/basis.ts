import { invMod, mulMod, toResidue } from "../ring/modular.ts";
import { KernelUseError } from "./errors.ts";
import type { Factor, InverseScale, Machine } from "./machine.ts";
import { shoup } from "./shoup.ts";

/** Fewest bits of a prime that shares a basis with others: the quotient is estimated to 26 bits of fraction. */
export const SHARED_PRIME_BITS = 26;

/** Most primes a basis may have: their weighted sum must stay below 4q·2³². */
export const MOST_PRIMES = 15;

/** What is needed to take values modulo a basis to another prime q. */
export interface Target {
  /** −Q mod q. */
  readonly complement: number;
  /** Whether the one prime of a basis is above 3q, so that its residues, corrected, may be beyond what q's transform takes. */
  readonly wide: boolean;
  /** Q/qⱼ mod q for each j, then −Q mod q: in Montgomery form. */
  readonly weights: readonly number[];
  /** Q mod q. */
  readonly product: Factor;
  /** Q⁻¹ mod q. */
  readonly inverse: Factor;
}

/**
 * Some primes taken together, Q their product: a digit's group, the special primes, or the primes a rescale drops.
 *
 * A value x modulo Q is yⱼ = x·(Q/qⱼ)⁻¹ mod qⱼ, and as an integer nearest to zero Σ yⱼ·(Q/qⱼ) − v·Q, where v is
 * Σ yⱼ/qⱼ rounded. With several primes the rounding is done to 26 bits, which may take x + Q for x where x is within
 * 2⁻²²·Q of Q/2: either is a valid, small representative. With one prime it is exact.
 */
export class Basis {
  /** Indices of its primes. */
  readonly indices: readonly number[];
  /** Scales that make an inverse transform yield the yⱼ. */
  readonly scales: readonly InverseScale[];
  /** ⌊2⁵⁸/qⱼ⌋. */
  readonly fractions: readonly number[];
  readonly #machine: Machine;
  readonly #targets = new Map<number, Target>();

  /**
   * @param machine whose primes
   * @param indices which of them, at least one
   * @throws KernelUseError when they are too many, or too small to share a basis
   */
  constructor(machine: Machine, indices: readonly number[]) {
    this.#machine = machine;
    this.indices = indices;
    const moduli = indices.map((index) => machine.primes[index].q);
    if (moduli.length > 1 && moduli.some((q) => q < 2 ** SHARED_PRIME_BITS)) {
      throw new KernelUseError(`primes taken together must have more than ${SHARED_PRIME_BITS} bits`);
    }
    if (moduli.length > MOST_PRIMES)
      throw new KernelUseError(`more than ${MOST_PRIMES} primes cannot be taken together`);
    this.scales = indices.map((index, j) => {
      const prime = machine.primes[index];
      const others = moduli.filter((_, k) => k !== j);
      const cofactor = others.reduce((product, other) => mulMod(product, other % prime.q, prime.q), 1);
      return machine.inverseScale(prime, invMod(cofactor, prime.q));
    });
    this.fractions = moduli.map((q) => Number(2n ** 58n / BigInt(q)));
  }

  /** Constants for one prime outside the basis. */
  target(index: number): Target {
    let target = this.#targets.get(index);
    if (target === undefined) {
      target = this.#computeTarget(index);
      this.#targets.set(index, target);
    }
    return target;
  }

  #computeTarget(index: number): Target {
    const { q, r } = this.#machine.primes[index];
    const moduli = this.indices.map((j) => this.#machine.primes[j].q);
    const productOf = (factors: readonly number[]): number =>
      factors.reduce((product, factor) => mulMod(product, factor % q, q), 1);
    const product = productOf(moduli);
    const complement = toResidue(-product, q);
    const weights = moduli.map((_, j) => productOf(moduli.filter((_, k) => k !== j)));
    const inverse = invMod(product, q);
    return {
      complement,
      wide: moduli[0] > 3 * q,
      weights: [...weights, complement].map((weight) => mulMod(weight, r.w, q)),
      product: { w: product, shoup: shoup(product, q) },
      inverse: { w: inverse, shoup: shoup(inverse, q) },
    };
  }
}
