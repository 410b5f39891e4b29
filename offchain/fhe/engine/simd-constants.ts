/** The constants of a plan in a kernel's memory. */
import type { Plaintext } from "../kernel/handles.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Owner } from "../kernel/owner.ts";
import type { Plan } from "../plan/plan.ts";
import { splitConstants } from "./constants.ts";

/** A polynomial in Montgomery form in the kernel's memory, or a scalar: one residue a limb. */
export type SimdConstant =
  | { readonly kind: "plain"; readonly plain: Plaintext }
  | { readonly kind: "scalar"; readonly residues: Uint32Array };

/**
 * Loads the constants of a plan.
 *
 * @param owner owns them
 * @param residues all of them, one after the other; not kept. A resizable buffer is emptied meanwhile, so that memory holds large weights once
 * @throws EngineError when they do not fit the plan
 */
export function loadSimdConstants(kernel: Kernel, owner: Owner, plan: Plan, residues: Uint32Array): SimdConstant[] {
  const { n } = plan.params;
  const views = splitConstants(plan, residues);
  const { buffer } = residues;
  const constants: SimdConstant[] = [];
  // From the last to the first: a buffer shrinks at its end.
  for (let index = views.length - 1; index >= 0; index--) {
    const view = views[index];
    const start = view.byteOffset;
    const { kind, level, basis } = plan.constants[index];
    if (kind === "scalar") constants.push({ kind, residues: view.slice() });
    else constants.push({ kind, plain: kernel.importPlaintext(owner, limbsOf(view, n), level, basis === "QP") });
    if (buffer instanceof ArrayBuffer && buffer.resizable) buffer.resize(start);
  }
  return constants.reverse();
}

/** The limbs of a polynomial, as views. */
export function limbsOf(residues: Uint32Array, n: number): Uint32Array[] {
  return Array.from({ length: residues.length / n }, (_, i) => residues.subarray(i * n, (i + 1) * n));
}
