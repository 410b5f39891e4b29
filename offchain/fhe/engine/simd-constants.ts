/** The constants of a plan in a kernel's memory. */
import type { Plaintext } from "../kernel/handles.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Owner } from "../kernel/owner.ts";
import type { Plan } from "../plan/plan.ts";
import { splitConstants } from "./constants.ts";

/** A polynomial in Montgomery form in the kernel's memory, or a scalar: one residue a limb. */
export type SimdConstant =
  { readonly kind: "plain"; readonly plain: Plaintext } | { readonly kind: "scalar"; readonly residues: Uint32Array };

/**
 * Loads the constants of a plan.
 *
 * @param owner owns them
 * @param residues all of them, one after the other; not kept
 * @throws EngineError when they do not fit the plan
 */
export function loadSimdConstants(kernel: Kernel, owner: Owner, plan: Plan, residues: Uint32Array): SimdConstant[] {
  const { n } = plan.params;
  return splitConstants(plan, residues).map((view, index) => {
    const { kind, level, basis } = plan.constants[index];
    if (kind === "scalar") return { kind, residues: view.slice() };
    return { kind, plain: kernel.importPlaintext(owner, limbsOf(view, n), level, basis === "QP") };
  });
}

/** The limbs of a polynomial, as views. */
export function limbsOf(residues: Uint32Array, n: number): Uint32Array[] {
  return Array.from({ length: residues.length / n }, (_, i) => residues.subarray(i * n, (i + 1) * n));
}
