/**
 * Writes a network down as a throughput plan: one ciphertext an element, one sample a slot. A linear stage is a linear combination a row, so nothing rotates and every weight is a scalar.
 *
 * An input is read when it is first needed and let go with the last row that needs it, so that few live at a time. A square is relinearised at once, or stays of degree 2 until the sums after it
 * are made, whichever takes fewer operations.
 */
import type { ParameterSet } from "../ckks/parameters.ts";
import { CompileError } from "./errors.ts";
import { integerScale, multiplyScales, rescaled, scaleToNumber, type ExactScale } from "./exact-scale.ts";
import { planLayers } from "./assemble.ts";
import type { LinearStage, Network, SquareStage, Stage } from "./fold.ts";
import type { Instruction, PlanConstant, PlanLayer, ValueId } from "./plan.ts";
import { PLAN_LIMITS } from "./schema.ts";
import { rowMap, type RowMap } from "./throughput-rows.ts";

export interface ThroughputProgram {
  readonly instructions: readonly Instruction[];
  readonly constants: readonly PlanConstant[];
  /** One number a constant. */
  readonly values: readonly Float64Array[];
  /** Input element of each input of the plan. */
  readonly inputs: readonly number[];
  /** Value of each output of the model. */
  readonly outputs: readonly ValueId[];
  readonly layers: readonly PlanLayer[];
  /** Highest level anything is relinearised at; 0 when nothing is. */
  readonly relinearised: number;
}

export interface ThroughputLowering {
  readonly params: ParameterSet;
  /** Scale the outputs are to have, as near as an integer factor allows. */
  readonly outputScale: number;
}

/** Transforms a linear combination of one polynomial and prime costs, by measurement about this part of one. */
const PRODUCT_TRANSFORMS = 0.08;

/**
 * Lowers a network.
 *
 * @throws CompileError when the plan would pass a limit, or when a padded element is squared
 */
export function lowerThroughput(network: Network, options: ThroughputLowering): ThroughputProgram {
  return new Lowering(network, options).run();
}

/** What is known of a stage before anything is written down. */
interface Prepared {
  /** Level its operand has. */
  readonly level: number;
  /** Scale weights are encoded at; of a square, of no meaning. */
  readonly weightScale: number;
  /** Degree of its result. */
  readonly degree: 1 | 2;
  /** Terms of each row of a linear stage. */
  readonly terms: readonly (readonly WeightedTerm[])[];
  /** Elements of its result that something later needs. */
  needed: Uint8Array;
}

class Lowering {
  readonly #network: Network;
  readonly #params: ParameterSet;
  readonly #outputScale: number;
  readonly #instructions: Instruction[] = [];
  readonly #stageOf: number[] = [];
  readonly #constants: PlanConstant[] = [];
  readonly #values: Float64Array[] = [];
  readonly #inputs: number[] = [];
  #relinearised = 0;
  readonly #inputIds = new Map<number, ValueId>();

  constructor(network: Network, { params, outputScale }: ThroughputLowering) {
    this.#network = network;
    this.#params = params;
    this.#outputScale = outputScale;
  }

  run(): ThroughputProgram {
    const { stages, inputGather } = this.#network;
    const prepared = this.#prepare();
    let operand: Operand = (element) => this.#input(inputGather[element]);
    stages.forEach((stage, index) => {
      const degree = index === 0 ? 1 : prepared[index - 1].degree;
      const values =
        stage.kind === "linear"
          ? this.#linear(stage, index, prepared[index], operand, degree)
          : this.#square(stage, index, prepared[index], operand);
      operand = (element) => values[element]!;
    });
    return {
      instructions: this.#instructions,
      constants: this.#constants,
      values: this.#values,
      inputs: this.#inputs,
      outputs: Array.from({ length: this.#network.outputs }, (_, k) => operand(k)),
      layers: planLayers(stages, this.#stageOf),
      relinearised: this.#relinearised,
    };
  }

  /** Levels, scales and terms from first to last, then from last to first what is needed: values nobody uses have no place in a plan. */
  #prepare(): Prepared[] {
    const { stages, outputs } = this.#network;
    let scale: ExactScale = integerScale(this.#params, this.#params.data[stages.length]);
    const prepared = stages.map((stage, index): Prepared => {
      const level = stages.length + 1 - index;
      if (stage.kind === "square") {
        scale = rescaled(multiplyScales(scale, scale), level, 1);
        const degree = this.#staysOfDegreeTwo(index, level) ? 2 : 1;
        return { level, weightScale: 1, degree, terms: [], needed: new Uint8Array(stage.size) };
      }
      const weightScale = this.#weightScale(index, level, scale);
      scale = rescaled(multiplyScales(scale, integerScale(this.#params, weightScale)), level, 1);
      const rows = rowMap(stage.map);
      const terms = Array.from({ length: rows.rows }, (_, row) =>
        termsOf(rows, row, weightScale, (column) => this.#present(index, column)),
      );
      return { level, weightScale, degree: 1, terms, needed: new Uint8Array(rows.rows) };
    });
    prepared[stages.length - 1].needed.fill(1, 0, outputs);
    for (let index = stages.length - 1; index > 0; index--) {
      const { needed, terms } = prepared[index];
      if (stages[index].kind === "square") prepared[index - 1].needed.set(needed);
      else
        terms.forEach((row, k) => {
          if (needed[k] === 1) for (const { column } of row) prepared[index - 1].needed[column] = 1;
        });
    }
    return prepared;
  }

  /** Padding at the edge of the input is nothing to add; elsewhere every element is there. */
  #present(index: number, column: number): boolean {
    return index > 0 || this.#network.inputGather[column] >= 0;
  }

  #weightScale(index: number, level: number, operand: ExactScale): number {
    const dropped = this.#params.data[level - 1];
    if (index < this.#network.stages.length - 1) return dropped;
    return Math.max(1, Math.round((this.#outputScale * dropped) / scaleToNumber(this.#params, operand)));
  }

  #input(element: number): ValueId {
    if (element < 0) refuse(this.#network.stages[0], "squares elements that padding added", "Square before padding.");
    let id = this.#inputIds.get(element);
    if (id === undefined) {
      if (this.#inputs.length === PLAN_LIMITS.inputs) this.#tooLarge(`more than ${PLAN_LIMITS.inputs} inputs`);
      id = this.#push(0, { op: "input", input: this.#inputs.push(element) - 1 });
      this.#inputIds.set(element, id);
    }
    return id;
  }

  #linear(
    { map }: LinearStage,
    stage: number,
    { level, weightScale, terms, needed }: Prepared,
    operand: Operand,
    degree: 1 | 2,
  ): (ValueId | undefined)[] {
    const rows = rowMap(map);
    const constants = new Map<number, number>();
    const constantOf = ({ weight, value }: WeightedTerm): number => {
      let id = constants.get(weight);
      if (id === undefined) {
        id = this.#constant(value, level, weightScale);
        constants.set(weight, id);
      }
      return id;
    };
    return terms.map((row, k) => {
      if (needed[k] === 0) return undefined;
      const operands = row.map(({ column }) => operand(column));
      let sum = this.#combine(stage, operands, row.map(constantOf));
      if (rows.biasOf(k) !== 0) sum = this.#add(stage, sum, rows.biasOf(k), level);
      if (degree === 2) sum = this.#relinearise(stage, sum, level);
      return this.#push(stage, { op: "rescale", a: sum, times: 1 });
    });
  }

  #square(
    { size, shift, offset }: SquareStage,
    stage: number,
    { level, degree, needed }: Prepared,
    operand: Operand,
  ): (ValueId | undefined)[] {
    return Array.from({ length: size }, (_, k) => {
      if (needed[k] === 0) return undefined;
      let value = operand(k);
      if (shift !== undefined && shift[k] !== 0) value = this.#add(stage, value, shift[k], level);
      let square = this.#push(stage, { op: "square", a: value });
      if (degree === 1) square = this.#relinearise(stage, square, level);
      const rescaled = this.#push(stage, { op: "rescale", a: square, times: 1 });
      return offset === undefined || offset[k] === 0 ? rescaled : this.#add(stage, rescaled, offset[k], level - 1);
    });
  }

  #combine(stage: number, values: readonly ValueId[], constants: readonly number[]): ValueId {
    let sum: ValueId | undefined;
    for (let at = 0; at < values.length; at += PLAN_LIMITS.terms) {
      const [from, to] = [at, at + PLAN_LIMITS.terms];
      const part = this.#push(stage, {
        op: "combine",
        values: values.slice(from, to),
        constants: constants.slice(from, to),
      });
      sum = sum === undefined ? part : this.#push(stage, { op: "add", a: sum, b: part });
    }
    return sum!;
  }

  /** Whether fewer transforms are needed when the sums after a square are relinearised instead of the squares. */
  #staysOfDegreeTwo(index: number, level: number): boolean {
    const { stages } = this.#network;
    const [square, next] = [stages[index], stages[index + 1]];
    if (square.kind !== "square" || next.kind !== "linear") return false;
    const rows = rowMap(next.map);
    let terms = 0;
    for (let row = 0; row < rows.rows; row++) terms += rows.termsOf(row).length;
    const keySwitch = (at: number): number => at * at + 3 * at + 2;
    const eager = square.size * keySwitch(level);
    const lazy = rows.rows * keySwitch(level - 1) + square.size * level + terms * (level - 1) * PRODUCT_TRANSFORMS;
    return lazy < eager;
  }

  #relinearise(stage: number, a: ValueId, level: number): ValueId {
    this.#relinearised = Math.max(this.#relinearised, level);
    return this.#push(stage, { op: "relinearise", a });
  }

  #add(stage: number, a: ValueId, value: number, level: number): ValueId {
    return this.#push(stage, { op: "addPlain", a, constant: this.#constant(value, level, { like: a }) });
  }

  #constant(value: number, level: number, scale: PlanConstant["scale"]): number {
    if (this.#constants.length === PLAN_LIMITS.constants) this.#tooLarge(`more than ${PLAN_LIMITS.constants} weights`);
    this.#values.push(Float64Array.of(value));
    return this.#constants.push({ kind: "scalar", basis: "Q", level, scale }) - 1;
  }

  #push(stage: number, instruction: Instruction): ValueId {
    if (this.#instructions.length === PLAN_LIMITS.instructions)
      this.#tooLarge(`more than ${PLAN_LIMITS.instructions} instructions`);
    this.#stageOf.push(stage);
    return this.#instructions.push(instruction) - 1;
  }

  #tooLarge(what: string): never {
    refuse(undefined, `would be a throughput plan of ${what}`, "Publish a latency plan, or make the model smaller.");
  }
}

/** Value of each element. */
type Operand = (element: number) => ValueId;

interface WeightedTerm {
  readonly column: number;
  readonly weight: number;
  readonly value: number;
}

/** Terms whose weights are something once they are encoded; of a row without any, one as small as a weight can be. */
function termsOf(rows: RowMap, row: number, scale: number, present: (column: number) => boolean): WeightedTerm[] {
  const terms = rows
    .termsOf(row)
    .filter(({ column }) => present(column))
    .map((term) => ({ ...term, value: rows.weights[term.weight] }));
  const kept = terms.filter(({ value }) => Math.abs(value) * scale >= 1 / 2);
  if (kept.length > 0) return kept;
  const column = terms.at(0)?.column ?? Array.from({ length: rows.columns }, (_, k) => k).find(present) ?? 0;
  // Named apart from the weight it stands for, which other rows may have.
  return [{ column, weight: -1 - row, value: 1 / scale }];
}

function refuse(stage: Stage | undefined, reason: string, next: string): never {
  throw new CompileError(stage?.layers.at(0), reason, next);
}
