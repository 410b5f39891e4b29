import { milliseconds } from "./cost-model.ts";
import type { Instruction, Plan } from "./plan.ts";
import type { CheckedPlan } from "./typecheck.ts";
import type { ValueType } from "./value-type.ts";

/** How often a plan, or a part of it, does what costs. */
export interface OperationCounts {
  /** Rotations, hoisted ones included. */
  readonly rotations: number;
  readonly hoisted: number;
  /** Ciphertexts times constants. */
  readonly plainProducts: number;
  /** Ciphertexts times ciphertexts. */
  readonly products: number;
  readonly rescales: number;
}

/** Counts the operations of a range of instructions. */
export function countOperations(
  { instructions }: Pick<Plan, "instructions">,
  from = 0,
  to = instructions.length,
): OperationCounts {
  const count = (...ops: readonly Instruction["op"][]): number =>
    instructions.slice(from, to).filter(({ op }) => ops.includes(op)).length;
  return {
    rotations: count("rotate", "rotateHoisted", "conjugate"),
    hoisted: count("rotateHoisted"),
    plainProducts: count("mulPlain", "mulScalar", "mulPlainExt") + combined(instructions.slice(from, to)),
    products: count("mul", "square"),
    rescales: count("rescale"),
  };
}

/** Products in linear combinations. */
function combined(instructions: readonly Instruction[]): number {
  return instructions.reduce((sum, it) => sum + (it.op === "combine" ? it.values.length : 0), 0);
}

/**
 * Milliseconds one evaluation takes on the reference, node-seal on one core, compact results left out.
 *
 * @param from first instruction
 * @param to one past the last
 */
export function estimateMilliseconds({ plan, types }: CheckedPlan, from = 0, to = plan.instructions.length): number {
  let sum = 0;
  for (let id = from; id < to; id++) sum += cost(plan, types, id);
  return sum;
}

function cost({ instructions, params }: Plan, types: readonly ValueType[], id: number): number {
  const instruction = instructions[id];
  if (instruction.op === "input") return 0;
  const { level, degree } = types[instruction.op === "combine" ? instruction.values[0] : instruction.a];
  const components = (degree + 1) / 2;
  switch (instruction.op) {
    case "rotate":
    case "rotateHoisted":
    case "conjugate":
    case "relinearise":
    case "relineariseExt":
      return milliseconds("keySwitch", params.n, level);
    case "mulPlain":
    case "mulPlainExt":
    case "mulScalar":
      return milliseconds("multiplyPlain", params.n, level) * components;
    case "combine":
      return (
        instruction.values.length *
        (milliseconds("multiplyPlain", params.n, level) + milliseconds("add", params.n, level)) *
        components
      );
    case "mul":
      return milliseconds("multiply", params.n, level);
    case "square":
      return milliseconds("square", params.n, level);
    case "rescale":
      return milliseconds("rescale", params.n, level) * components;
    case "add":
    case "sub":
    case "addExt":
      return milliseconds("add", params.n, level) * components;
    case "addPlain":
      return milliseconds("addPlain", params.n, level);
    case "negate":
    case "modSwitch":
    case "decompose":
    case "modDown":
    case "compact":
      return 0;
  }
}
