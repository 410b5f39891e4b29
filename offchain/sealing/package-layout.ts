import type { Plan } from "../fhe/plan/plan.ts";
import { PackageError } from "./errors.ts";

/** How the residues of one constant stand in a package. */
export interface ConstantLayout {
  /** The primes, in order, of its limbs. */
  readonly primes: readonly number[];
  /** Residues a limb: N for a polynomial, 1 for a scalar. */
  readonly residues: number;
}

/** Bytes of a residue in the body of a package. */
export const RESIDUE_BYTES = 4;

/**
 * Where the residues of every constant of a plan stand (docs/formats.md, section 7): in the order of the constants, limb by limb, data
 * primes 0 … level−1, then the special primes for basis QP.
 *
 * @throws PackageError `PACKAGE_CONSTANTS` when a level is not one of the parameter set
 */
export function packageLayout(plan: Pick<Plan, "params" | "constants">): ConstantLayout[] {
  const { data, special, n } = plan.params;
  return plan.constants.map(({ kind, basis, level }, i) => {
    if (!Number.isInteger(level) || level < 1 || level > data.length) {
      throw new PackageError(
        "PACKAGE_CONSTANTS",
        `Constant ${i} is at level ${level}, and the levels are 1 to ${data.length}.`,
      );
    }
    const primes = basis === "QP" ? [...data.slice(0, level), ...special] : data.slice(0, level);
    return { primes, residues: kind === "scalar" ? 1 : n };
  });
}

/** Bytes of the plaintext of a package. */
export function layoutBytes(layout: readonly ConstantLayout[]): number {
  return layout.reduce((sum, { primes, residues }) => sum + primes.length * residues * RESIDUE_BYTES, 0);
}

/**
 * Checks that a constant's residues are canonical.
 *
 * @param constant limb by limb
 * @returns undefined, or which limb holds something that is not below its prime
 */
export function firstBadLimb(constant: Uint32Array, { primes, residues }: ConstantLayout): number | undefined {
  for (let limb = 0; limb < primes.length; limb++) {
    const prime = primes[limb];
    for (let at = limb * residues; at < (limb + 1) * residues; at++) if (constant[at] >= prime) return limb;
  }
  return undefined;
}
