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
      const slots = values[value];
      for (let i = 0; i < sum.length; i++) sum[i] += factor * slots[i];
    });
    return sum;
  }
  const a = values[instruction.a];
  switch (instruction.op) {
    case "add":
    case "addExt":
      return sumOf(a, values[instruction.b]);
    case "sub":
      return sumOf(a, values[instruction.b], -1);
    case "mul":
      return productOf(a, values[instruction.b]);
    case "square":
      return productOf(a, a);
    case "negate":
      return productOf(a, MINUS_ONE);
    case "addPlain":
      return sumOf(a, vectors[instruction.constant]);
    case "mulPlain":
    case "mulScalar":
    case "mulPlainExt":
      return productOf(a, vectors[instruction.constant]);
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

const MINUS_ONE = Float64Array.of(-1);

// Loops and no callbacks: a compilation spends its time here and in noise-trace.ts.

/** a + sign·b; b repeats. */
function sumOf(a: Float64Array, b: Float64Array, sign = 1): Float64Array {
  const out = new Float64Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = a[i] + sign * slotOf(b, i);
  return out;
}

/** a·b; b repeats. */
function productOf(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = a[i] * slotOf(b, i);
  return out;
}
