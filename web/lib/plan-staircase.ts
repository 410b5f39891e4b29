/** How a plan spends its levels, layer by layer: what a person compares when two plans differ in speed and error. */
import type { Instruction } from "../../offchain/fhe/plan/plan.ts";
import type { CheckedPlan } from "../../offchain/fhe/plan/typecheck.ts";

/** One layer of the model as it is computed on ciphertext. */
export interface StaircaseLayer {
  readonly name: string;
  readonly kind: string;
  /** Level of the layer's last value: data primes left after it. */
  readonly levelAfter: number;
  readonly rotations: number;
  /** Products, of ciphertexts with plaintexts and with each other. */
  readonly products: number;
}

/** A plan as a staircase. */
export interface Staircase {
  /** Level of the encrypted input. */
  readonly levelBefore: number;
  readonly layers: readonly StaircaseLayer[];
  /** Name of the parameter set. */
  readonly params: string;
  readonly instructions: number;
}

const ROTATIONS: ReadonlySet<Instruction["op"]> = new Set(["rotate", "rotateHoisted", "conjugate"]);
const PRODUCTS: ReadonlySet<Instruction["op"]> = new Set(["mul", "square", "mulPlain", "mulPlainExt", "mulScalar"]);

/** @param checked a plan with the types of its values */
export function staircaseOf({ plan, types }: Pick<CheckedPlan, "plan" | "types">): Staircase {
  const count = (from: number, to: number, ops: ReadonlySet<Instruction["op"]>) =>
    plan.instructions.slice(from, to).filter(({ op }) => ops.has(op)).length;
  return {
    levelBefore: Math.max(...plan.inputs.map(({ level }) => level)),
    layers: plan.layers.map(({ name, kind, from, to }) => ({
      name,
      kind,
      levelAfter: types[to - 1].level,
      rotations: count(from, to, ROTATIONS),
      products: count(from, to, PRODUCTS),
    })),
    params: plan.params.id,
    instructions: plan.instructions.length,
  };
}
