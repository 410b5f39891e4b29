import type { Basis } from "../ckks/residues.ts";
import type { ExactScale } from "./exact-scale.ts";

/** What is known of a value before anything is evaluated; derived by `typecheck`. */
export interface ValueType {
  /**
   * `ciphertext`: polynomials to multiply and add; `decomposed`: digits of a ciphertext, ready for hoisted rotations;
   * `compact`: a finished result, of no use but as an output.
   */
  readonly form: "ciphertext" | "decomposed" | "compact";
  /** Degree in the secret: 1 has two polynomials, 2 has three. */
  readonly degree: 1 | 2;
  /** `Q`: data primes 0 … level−1; `QP`: special primes too. */
  readonly basis: Basis;
  readonly level: number;
  /** Factor between slot values and integers. A compact result keeps that of what was compacted. */
  readonly scale: ExactScale;
}

/** Number of polynomials of a ciphertext. */
export function componentsOf(type: Pick<ValueType, "degree">): number {
  return type.degree + 1;
}
