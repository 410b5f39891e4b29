import { PlanError } from "./errors.ts";
import type { Plan } from "./plan.ts";
import type { SlotVector } from "./program.ts";
import { rotateSlots, slotOf } from "./slot-algebra.ts";

/**
 * What a plan computes on slots, in double precision, every value kept: errors are propagated back through them.
 *
 * @param vectors slot values of the plan's constants, in order; each repeats with its own length
 * @param inputs slot values of the plan's inputs, N/2 each
 * @returns the slots of every value; a compact result has those of what is compacted
 */
export function runSlots(plan: Plan, vectors: readonly SlotVector[], inputs: readonly Float64Array[]): Float64Array[] {
  const values: Float64Array[] = [];
  plan.instructions.forEach((instruction, id) => {
    if (instruction.op === "input") {
      values.push(inputs[instruction.input]);
      return;
    }
    const a = values[instruction.a];
    switch (instruction.op) {
      case "add":
      case "addExt": {
        const b = values[instruction.b];
        values.push(a.map((value, i) => value + b[i]));
        return;
      }
      case "sub": {
        const b = values[instruction.b];
        values.push(a.map((value, i) => value - b[i]));
        return;
      }
      case "mul": {
        const b = values[instruction.b];
        values.push(a.map((value, i) => value * b[i]));
        return;
      }
      case "square":
        values.push(a.map((value) => value * value));
        return;
      case "negate":
        values.push(a.map((value) => -value));
        return;
      case "addPlain": {
        const vector = vectors[instruction.constant];
        values.push(a.map((value, i) => value + slotOf(vector, i)));
        return;
      }
      case "mulPlain":
      case "mulScalar":
      case "mulPlainExt": {
        const vector = vectors[instruction.constant];
        values.push(a.map((value, i) => value * slotOf(vector, i)));
        return;
      }
      case "rotate":
      case "rotateHoisted":
        values.push(rotateSlots(a, instruction.step));
        return;
      case "relinearise":
      case "rescale":
      case "modSwitch":
      case "conjugate":
      case "decompose":
      case "modDown":
      case "compact":
        values.push(a);
        return;
      default:
        throw new PlanError("is of no known kind", { instruction: id });
    }
  });
  return values;
}
