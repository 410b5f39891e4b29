import type { Instruction, Plan } from "./plan.ts";
import type { SlotVector } from "./program.ts";
import { rotateSlots, slotOf } from "./slot-algebra.ts";

/**
 * What a plan computes on slots, in double precision, every value kept: errors are propagated back through them.
 *
 * @param vectors slot values of the plan's constants, in order; each repeats with its own length
 * @param inputs slot values of the plan's inputs, N/2 each
 * @returns the slots of every value; a compact result has those of what is compacted
 */
export function runSlots(
  plan: Plan,
  vectors: readonly SlotVector[],
  inputs: readonly Float64Array[],
): readonly Float64Array[] {
  const values: Float64Array[] = [];
  for (const instruction of plan.instructions) values.push(execute(instruction, values, vectors, inputs));
  return values;
}

function execute(
  instruction: Instruction,
  values: readonly Float64Array[],
  vectors: readonly SlotVector[],
  inputs: readonly Float64Array[],
): Float64Array {
  if (instruction.op === "input") return inputs[instruction.input];
  if (instruction.op === "combine") {
    const sum = new Float64Array(values[instruction.values[0]].length);
    instruction.values.forEach((value, k) => {
      const [factor] = vectors[instruction.constants[k]];
      values[value].forEach((slot, i) => (sum[i] += factor * slot));
    });
    return sum;
  }
  const a = values[instruction.a];
  switch (instruction.op) {
    case "add":
    case "addExt":
      return combined(a, values[instruction.b], (x, y) => x + y);
    case "sub":
      return combined(a, values[instruction.b], (x, y) => x - y);
    case "mul":
      return combined(a, values[instruction.b], (x, y) => x * y);
    case "square":
      return a.map((value) => value * value);
    case "negate":
      return a.map((value) => -value);
    case "addPlain":
      return combined(a, vectors[instruction.constant], (x, y) => x + y);
    case "mulPlain":
    case "mulScalar":
    case "mulPlainExt":
      return combined(a, vectors[instruction.constant], (x, y) => x * y);
    case "rotate":
    case "rotateHoisted":
      return rotateSlots(a, instruction.step);
    case "relinearise":
    case "relineariseExt":
    case "rescale":
    case "modSwitch":
    case "conjugate":
    case "decompose":
    case "modDown":
    case "compact":
      return a;
  }
}

function combined(a: Float64Array, b: Float64Array, combine: (x: number, y: number) => number): Float64Array {
  return a.map((value, i) => combine(value, slotOf(b, i)));
}
