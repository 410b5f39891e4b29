import type { Instruction, Plan, ValueId } from "./plan.ts";

/** The values an instruction works on. */
export function operandsOf(instruction: Instruction): readonly ValueId[] {
  if (instruction.op === "input") return [];
  if (instruction.op === "combine") return instruction.values;
  return "b" in instruction ? [instruction.a, instruction.b] : [instruction.a];
}

/** For every instruction the values that nobody needs after it; outputs are never among them. */
export function lastUses({
  instructions,
  outputs,
}: Pick<Plan, "instructions" | "outputs">): readonly (readonly ValueId[])[] {
  const last = instructions.map((_, id) => id);
  instructions.forEach((instruction, id) => {
    for (const operand of operandsOf(instruction)) last[operand] = id;
  });
  const kept = new Set(outputs.map(({ value }) => value));
  const uses: ValueId[][] = instructions.map(() => []);
  last.forEach((use, value) => {
    if (!kept.has(value)) uses[use].push(value);
  });
  return uses;
}
