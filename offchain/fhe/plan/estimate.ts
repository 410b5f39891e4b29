import { costModel, type CostModel, type Operation } from "./cost-model.ts";
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
  const hoisted = instructions.slice(from, to).filter((it) => it.op === "rotateHoisted" && it.step !== 0).length;
  return {
    rotations: count("rotate", "conjugate") + hoisted,
    hoisted,
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
 * Milliseconds one evaluation takes on the reference, one core of a server, compact results left out: on node-seal for `seal-4.1`, on the SIMD kernel for `hoisted-1` and for plans for batches, whose result is left out too.
 *
 * @param from first instruction
 * @param to one past the last
 */
export function estimateMilliseconds({ plan, types }: CheckedPlan, from = 0, to = plan.instructions.length): number {
  const costs = costModel(plan.semantics, plan.params, plan.batch !== undefined);
  let sum = 0;
  for (let id = from; id < to; id++) sum += cost(costs, plan.instructions[id], types);
  return sum;
}

function cost(costs: CostModel, instruction: Instruction, types: readonly ValueType[]): number {
  if (instruction.op === "input") return 0;
  const { level, degree, basis } = types[instruction.op === "combine" ? instruction.values[0] : instruction.a];
  const of = (operation: Operation, times = 1): number => costs.milliseconds(operation, level) * times;
  const components = (degree + 1) / 2;
  switch (instruction.op) {
    case "rotate":
    case "conjugate":
    case "relinearise":
      return of("keySwitch");
    case "relineariseExt":
      return of("relineariseExt");
    case "decompose":
      return of(basis === "QP" ? "decomposeExt" : "decompose");
    case "rotateHoisted":
      if (instruction.step === 0) return of("extend");
      return of(instruction.ext ? "turnExt" : "turn");
    case "modDown":
      return instruction.times === 0 ? of("modDown") : of("modDownRescale");
    case "mulPlain":
    case "mulScalar":
      return of("multiplyPlain", components);
    case "combine":
      return of("term", components * instruction.values.length);
    case "mulPlainExt":
      return of("multiplyPlainExt");
    case "mul":
      return of("multiply");
    case "square":
      return of("square");
    case "rescale":
      return of("rescale", components);
    case "add":
    case "sub":
      return of("add", components);
    case "addExt":
      return of("addExt");
    case "addPlain":
      return of("addPlain");
    case "negate":
    case "modSwitch":
    case "compact":
      return 0;
  }
}
