/**
 * CKKS parameter sets. A set is validated once, by `parameterSet`, and then trusted everywhere.
 *
 * Security: HomomorphicEncryption.org standard (2018), table 1, uniform ternary secret, classical 128 bits. The bound holds for
 * log2 of *all* primes a key lives under, special primes included. Nothing below it can be built.
 */
import { CloakworkError } from "../../errors.ts";

/** Largest log2(q·P), in bits, for which a ternary secret of ring degree N keeps 128-bit security. */
export const MAX_MODULUS_BITS: Readonly<Record<number, number>> = {
  1024: 27,
  2048: 54,
  4096: 109,
  8192: 218,
  16384: 438,
  32768: 881,
};

/** A ring degree with its primes, in the order residues are stored: data primes first, special primes last. */
export interface ParameterSet {
  readonly version: 1;
  /** Name for people, e.g. `n8192-d6-s1`. The digest, not the name, identifies the set. */
  readonly id: string;
  /** Ring degree N, a power of two; a ciphertext has N/2 slots. */
  readonly n: number;
  /** Data primes q_0 … q_{L−1}, NTT-friendly (≡ 1 mod 2N), below 2^30. q_0 is the last to remain. */
  readonly data: readonly number[];
  /** Special primes, used by key switching only. */
  readonly special: readonly number[];
  /** Digits of the key-switch decomposition: each group lists indices of data primes lifted together. */
  readonly groups: readonly (readonly number[])[];
}

/** A parameter set was refused. */
export class ParameterError extends CloakworkError {
  constructor(reason: string) {
    super("PARAMS_INVALID", `The parameter set was refused: ${reason}.`, "Use one of the named parameter sets.");
  }
}

/**
 * Sum of log2 of all primes, special primes included.
 *
 * @returns bits, not rounded
 */
export function modulusBits(set: Pick<ParameterSet, "data" | "special">): number {
  return [...set.data, ...set.special].reduce((bits, prime) => bits + Math.log2(prime), 0);
}
