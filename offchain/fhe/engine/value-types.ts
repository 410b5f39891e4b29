import type { Instruction, Plan } from "../plan/plan.ts";

/** Level and scale of one value of a plan, as its instructions make them. */
export interface LevelAndScale {
  readonly level: number;
  /** Nearest double of the exact scale. */
  readonly scale: number;
}

/**
 * Derives level and scale of every value.
 *
 * @param plan checked by `typecheck`
 * @returns one entry an instruction
 */
export function levelsAndScales(plan: Plan): LevelAndScale[] {
  const types: LevelAndScale[] = [];
  for (const instruction of plan.instructions) types.push(derive(plan, instruction, types));
  return types;
}

/** The scale a constant was encoded at. */
export function constantScale(plan: Plan, constant: number, types: readonly LevelAndScale[]): number {
  const { scale } = plan.constants[constant];
  return typeof scale === "number" ? scale : types[scale.like].scale;
}

function derive(plan: Plan, instruction: Instruction, types: readonly LevelAndScale[]): LevelAndScale {
  if (instruction.op === "input") return plan.inputs[instruction.input];
  const a = types[instruction.a];
  switch (instruction.op) {
    case "mul":
      return { level: a.level, scale: a.scale * types[instruction.b].scale };
    case "square":
      return { level: a.level, scale: a.scale * a.scale };
    case "mulPlain":
    case "mulScalar":
    case "mulPlainExt":
      return { level: a.level, scale: a.scale * constantScale(plan, instruction.constant, types) };
    case "rescale": {
      const level = a.level - instruction.times;
      const dropped = plan.params.data.slice(level, a.level);
      return { level, scale: dropped.reduceRight((scale, prime) => scale / prime, a.scale) };
    }
    case "modSwitch":
      return { level: a.level - instruction.times, scale: a.scale };
    default:
      return { level: a.level, scale: a.scale };
  }
}
