/** The constants of a plan as a package carries them: u32 residues in order of their index, limb by limb (docs/formats.md, section 7). */
import { primesOf } from "../ckks/residues.ts";
import type { Plan, PlanConstant } from "../plan/plan.ts";
import { EngineError } from "./errors.ts";

/**
 * Residues one constant takes.
 *
 * @returns N a limb for a polynomial, one a limb for a scalar
 */
export function constantLength({ params }: Pick<Plan, "params">, constant: PlanConstant): number {
  return primesOf(params, constant.level, constant.basis).length * (constant.kind === "plain" ? params.n : 1);
}

/**
 * Cuts the residues of a package into constants and checks them.
 *
 * @param residues all constants, one after the other
 * @returns one view a constant
 * @throws EngineError when there are too few or too many residues, one is not below its prime, or a factor is zero throughout, which would
 *   make a product transparent
 */
export function splitConstants(plan: Plan, residues: Uint32Array): Uint32Array[] {
  const lengths = plan.constants.map((constant) => constantLength(plan, constant));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (residues.length !== total) refuse(`the plan's constants are ${total} residues, not ${residues.length}`);
  const factors = factorsOf(plan);
  let at = 0;
  return plan.constants.map((constant, index) => {
    const view = residues.subarray(at, (at += lengths[index]));
    const primes = primesOf(plan.params, constant.level, constant.basis);
    const size = view.length / primes.length;
    primes.forEach((prime, i) => {
      const limb = view.subarray(i * size, (i + 1) * size);
      if (limb.some((residue) => residue >= prime))
        refuse(`limb ${i} of constant ${index} holds a value that is not below its prime`);
    });
    if (factors.has(index) && view.every((residue) => residue === 0))
      refuse(`constant ${index} is a factor and zero throughout`);
    return view;
  });
}

function factorsOf(plan: Plan): Set<number> {
  const multiplications = ["mulPlain", "mulScalar", "mulPlainExt"];
  return new Set(
    plan.instructions.flatMap((it) => {
      if (it.op === "combine") return it.constants;
      return "constant" in it && multiplications.includes(it.op) ? [it.constant] : [];
    }),
  );
}

function refuse(reason: string): never {
  throw new EngineError("ENGINE_CONSTANTS", `The model's constants were refused: ${reason}.`);
}
