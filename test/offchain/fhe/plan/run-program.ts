import type { Program } from "../../../../offchain/fhe/plan/program.ts";

/** What a program's first output is, by the definition of its steps. @param input one number a slot */
export function runProgram({ steps, outputs }: Program, input: readonly number[]): number[] {
  const values: number[][] = [];
  for (const step of steps) {
    if (step.op === "input") values.push([...input]);
    else {
      const a = values[step.a];
      if (step.op === "add") values.push(a.map((value, i) => value + values[step.b][i]));
      else if (step.op === "multiply") values.push(a.map((value, i) => value * step.vector[i % step.vector.length]));
      else if (step.op === "addVector") values.push(a.map((value, i) => value + step.vector[i % step.vector.length]));
      else if (step.op === "rotate") values.push(a.map((_, i) => a[(i + step.step) % input.length]));
      else values.push(a.map((value) => value * value));
    }
  }
  return values[outputs[0]];
}
