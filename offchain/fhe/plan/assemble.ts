/**
 * Writes a levelled program down as a plan: absolute levels, constants with their scales, keys, sizes.
 *
 * Scales: an input has the prime its first rescale drops, and so has every weight; a rescale then returns exactly the scale it began with, and a square leaves it where
 * it was but for the distance between neighbouring primes. Only the weights of the last stage have a scale of their own, which puts the result where it is wanted.
 */
import type { ParameterSet } from "../ckks/parameters.ts";
import { inputBytes, keyBytes, resultBytes } from "./bytes.ts";
import { COMPACT_RING } from "./compact-shape.ts";
import { integerScale, multiplyScales, rescaled, scaleToNumber, type ExactScale } from "./exact-scale.ts";
import type { Network, Stage } from "./fold.ts";
import { deriveKeyNeeds } from "./keys.ts";
import type { LevelledProgram, LevelledStep } from "./place-rescales.ts";
import type {
  Estimates,
  Finish,
  InputLayout,
  Instruction,
  OutputLayout,
  Plan,
  PlanConstant,
  PlanLayer,
  SemanticsId,
  ValueId,
} from "./plan.ts";
import type { SlotVector, StepId } from "./program.ts";
import { PLAN_LIMITS } from "./schema.ts";
import type { ValueType } from "./value-type.ts";

/** A plan with the slot values of its constants. */
export interface AssembledPlan {
  readonly plan: Plan;
  /** One a constant of the plan; repeats with its own length. */
  readonly vectors: readonly SlotVector[];
}

export interface AssembleRequest {
  readonly network: Network;
  readonly program: LevelledProgram;
  readonly params: ParameterSet;
  readonly input: InputLayout;
  readonly range: Plan["inputs"][number]["range"];
  /** One an output of the program. */
  readonly outputs: readonly OutputLayout[];
  /** Scale the results are to have, as near as an integer factor allows. */
  readonly outputScale: number;
  readonly bound: string;
  readonly finish: Finish;
  readonly labels: readonly string[];
  /** Bits of the compact results it ends in, or undefined for a ciphertext. */
  readonly compactBits: number | undefined;
  readonly semantics: SemanticsId;
  readonly compiler: string;
  readonly model: string;
}

/** Assembles a plan. Its error bound and time are left at 1 and 0: they are estimated from the plan itself. */
export function assemblePlan(request: AssembleRequest): AssembledPlan {
  const { network, program, params } = request;
  const assembler = new Assembler(request);
  program.steps.forEach((step, index) => {
    assembler.step(step, program.depthOf[index], program.stageOf[index]);
  });
  const { instructions, constants, vectors, types, stageOf } = assembler;
  const ends = program.outputs.map((value, k) => assembler.end(value, request.outputs[k]));
  const level = program.depthOf[program.outputs[0]] + 1;
  const partial = {
    version: 1 as const,
    semantics: request.semantics,
    compiler: request.compiler,
    model: request.model,
    params,
    inputs: [{ name: "input", layout: request.input, level, scale: params.data[level - 1], range: request.range }],
    constants,
    instructions,
    outputs: planOutputs(ends, request),
    layers: planLayers(network.stages, stageOf),
  };
  const keys = deriveKeyNeeds(partial, types);
  const estimates: Estimates = {
    keyBytes: keyBytes({ params, keys }),
    inputBytes: inputBytes(partial),
    resultBytes: resultBytes(partial, types),
    errorBound: "1",
    milliseconds: 0,
  };
  return { plan: { ...partial, keys, estimates }, vectors };
}

class Assembler {
  readonly instructions: Instruction[] = [];
  readonly constants: PlanConstant[] = [];
  readonly vectors: SlotVector[] = [];
  readonly types: ValueType[] = [];
  readonly stageOf: number[] = [];
  readonly #params: ParameterSet;
  readonly #topLevel: number;
  readonly #lastStage: number;
  readonly #outputScale: number;
  readonly #compactBits: number | undefined;
  /** Scale of the last stage's weights, once its operand is known. */
  #lastScale: number | undefined;

  constructor({ params, program, network, outputScale, compactBits }: AssembleRequest) {
    this.#params = params;
    this.#topLevel = program.depthOf[program.outputs[0]] + 1;
    this.#lastStage = network.stages.length - 1;
    this.#outputScale = outputScale;
    this.#compactBits = compactBits;
  }

  step(step: LevelledStep, depth: number, stage: number): void {
    const level = this.#topLevel - depth;
    const [instruction, type] = this.#translate(step, level, stage);
    this.instructions.push(instruction);
    this.types.push(type);
    this.stageOf.push(stage);
  }

  /** The value an output is: a result as it is, or what is made of it. */
  end(value: StepId, { period }: OutputLayout): ValueId {
    if (this.#compactBits === undefined) return value;
    this.types.push({ ...this.types[value], form: "compact" });
    const bits = this.#compactBits;
    return this.instructions.push({ op: "compact", a: value, ring: COMPACT_RING, bits, period }) - 1;
  }

  #translate(step: LevelledStep, level: number, stage: number): [Instruction, ValueType] {
    if (step.op === "input") {
      const scale = integerScale(this.#params, this.#params.data[level - 1]);
      return [
        { op: "input", input: 0 },
        { form: "ciphertext", degree: 1, basis: "Q", level, scale },
      ];
    }
    const a = this.types[step.a];
    switch (step.op) {
      case "add":
      case "addExt":
      case "rotate":
        return [step, a];
      case "addVector":
        return [{ op: "addPlain", a: step.a, constant: this.#constant(step.vector, level, { like: step.a }) }, a];
      case "multiply":
      case "multiplyExt": {
        const factor = this.#weightScale(a.scale, level, stage);
        const op = step.op === "multiply" ? ("mulPlain" as const) : ("mulPlainExt" as const);
        const instruction = { op, a: step.a, constant: this.#constant(step.vector, level, factor, a.basis) };
        return [instruction, { ...a, scale: multiplyScales(a.scale, integerScale(this.#params, factor)) }];
      }
      case "decompose":
        return [step, { ...a, form: "decomposed" }];
      case "rotateHoisted":
        return [step, { ...a, form: "ciphertext", basis: step.ext ? "QP" : "Q" }];
      case "relineariseExt":
        return [step, { ...a, degree: 1, basis: "QP" }];
      case "modDown":
        return [step, { ...a, basis: "Q", level: a.level - step.times, scale: rescaled(a.scale, a.level, step.times) }];
      case "square":
        return [step, { ...a, degree: 2, scale: multiplyScales(a.scale, a.scale) }];
      case "relinearise":
        return [
          { op: "relinearise", a: step.a },
          { ...a, degree: 1 },
        ];
      case "rescale":
        return [
          { op: "rescale", a: step.a, times: 1 },
          { ...a, level, scale: rescaled(a.scale, a.level, 1) },
        ];
      case "modSwitch":
        return [
          { op: "modSwitch", a: step.a, times: 1 },
          { ...a, level },
        ];
    }
  }

  #weightScale(operand: ExactScale, level: number, stage: number): number {
    const dropped = this.#params.data[level - 1];
    if (stage !== this.#lastStage) return dropped;
    this.#lastScale ??= Math.max(1, Math.round((this.#outputScale * dropped) / scaleToNumber(this.#params, operand)));
    return this.#lastScale;
  }

  #constant(
    vector: SlotVector,
    level: number,
    scale: PlanConstant["scale"],
    basis: PlanConstant["basis"] = "Q",
  ): number {
    this.vectors.push(vector);
    return this.constants.push({ kind: "plain", basis, level, scale }) - 1;
  }
}

/** Outputs hold the numbers of one answer, one after the other, and their labels with them. */
function planOutputs(values: readonly ValueId[], { outputs, bound, finish, labels }: AssembleRequest): Plan["outputs"] {
  let from = 0;
  return outputs.map((layout, k) => {
    const own = labels.slice(from, (from += layout.slots.length));
    const name = outputs.length === 1 ? "output" : `output ${k}`;
    return { name, value: values[k], layout, bound, finish, labels: own };
  });
}

function shortened(text: string): string {
  return text.length <= PLAN_LIMITS.text ? text : `${text.slice(0, PLAN_LIMITS.text - 1)}…`;
}

/** The layers of a plan, by the stage of each instruction. */
export function planLayers(stages: readonly Stage[], stageOf: readonly number[]): PlanLayer[] {
  return stages.map((stage, index) => ({
    name: shortened(stage.layers.join(" + ")),
    kind: shortened(stage.operations.join(" + ")),
    from: stageOf.indexOf(index),
    to: stageOf.lastIndexOf(index) + 1,
  }));
}
