/**
 * Decides when products are rescaled, squares relinearised and levels levelled: as late as a sum allows and before anything else. A sum of products is rescaled
 * once; a rotation, a square, a product or an addition of slot values finds its operand rescaled, which is where it is cheapest.
 */
import type { Program, SlotVector, Step, StepId } from "./program.ts";

/** A step once levels are known. Products stay unscaled until the `rescale` that follows their sum. Those of hoisted-1 come of `hoist.ts`. */
export type LevelledStep =
  | Step
  | { readonly op: "relinearise" | "rescale" | "modSwitch"; readonly a: StepId }
  | { readonly op: "relineariseExt" | "decompose"; readonly a: StepId }
  | { readonly op: "rotateHoisted"; readonly a: StepId; readonly step: number; readonly ext: boolean }
  | { readonly op: "multiplyExt"; readonly a: StepId; readonly vector: SlotVector }
  | { readonly op: "addExt"; readonly a: StepId; readonly b: StepId }
  | { readonly op: "modDown"; readonly a: StepId; readonly times: number };

export interface LevelledProgram {
  readonly steps: readonly LevelledStep[];
  /** Index of the stage each step belongs to; −1 is the input. */
  readonly stageOf: readonly number[];
  /** Primes dropped on the way to each value. */
  readonly depthOf: readonly number[];
  /** The values that are the results, rescaled. */
  readonly outputs: readonly StepId[];
}

/** What is known of a value on the way. */
interface Placed {
  readonly id: StepId;
  /** Primes dropped. */
  readonly depth: number;
  /** A product that waits for its rescale. */
  readonly pending: boolean;
}

/** Places rescales, relinearisations and modulus switches in a program. */
export function placeRescales(program: Program): LevelledProgram {
  return new Placer(program).run();
}

class Placer {
  readonly #program: Program;
  readonly #steps: LevelledStep[] = [];
  readonly #stageOf: number[] = [];
  readonly #depthOf: number[] = [];
  readonly #values: Placed[] = [];
  /** Values already rescaled, so that two uses share one rescale. */
  readonly #rescaled = new Map<StepId, Placed>();
  #stage = -1;

  constructor(program: Program) {
    this.#program = program;
  }

  run(): LevelledProgram {
    const { steps, stageOf, outputs } = this.#program;
    const results = this.#resultsByStage();
    steps.forEach((step, index) => {
      if (stageOf[index] !== this.#stage) {
        // A stage ends with all of its results, so that the instructions of stages follow each other.
        for (const result of results.get(this.#stage) ?? []) this.#scaled(result);
        this.#stage = stageOf[index];
      }
      this.#values.push(this.#place(step));
    });
    const ends = outputs.map((output) => this.#scaled(output).id);
    return { steps: this.#steps, stageOf: this.#stageOf, depthOf: this.#depthOf, outputs: ends };
  }

  /** The values of each stage that other stages use. */
  #resultsByStage(): Map<number, StepId[]> {
    const { steps, stageOf } = this.#program;
    const results = new Set<StepId>();
    steps.forEach((step, id) => {
      if ("a" in step && stageOf[step.a] !== stageOf[id]) results.add(step.a);
      if ("b" in step && stageOf[step.b] !== stageOf[id]) results.add(step.b);
    });
    return Map.groupBy(
      [...results].sort((a, b) => a - b),
      (id) => stageOf[id],
    );
  }

  #place(step: Step): Placed {
    switch (step.op) {
      case "input":
        return this.#push(step, 0, false);
      case "add":
        return this.#add(step.a, step.b);
      case "multiply":
        return this.#withVector("multiply", step.a, step.vector, true);
      case "addVector":
        return this.#withVector("addVector", step.a, step.vector, false);
      case "rotate": {
        const a = step.unscaled === true ? this.#values[step.a] : this.#scaled(step.a);
        return this.#push({ op: "rotate", a: a.id, step: step.step }, a.depth, a.pending);
      }
      case "square": {
        const a = this.#scaled(step.a);
        const squared = this.#push({ op: "square", a: a.id }, a.depth, true);
        return this.#push({ op: "relinearise", a: squared.id }, a.depth, true);
      }
    }
  }

  #withVector(op: "multiply" | "addVector", operand: StepId, vector: SlotVector, pending: boolean): Placed {
    const a = this.#scaled(operand);
    return this.#push({ op, a: a.id, vector }, a.depth, pending);
  }

  #add(left: StepId, right: StepId): Placed {
    let [a, b] = [this.#values[left], this.#values[right]];
    if (!(a.pending && b.pending && a.depth === b.depth)) [a, b] = [this.#scaled(left), this.#scaled(right)];
    while (a.depth < b.depth) a = this.#push({ op: "modSwitch", a: a.id }, a.depth + 1, false);
    while (b.depth < a.depth) b = this.#push({ op: "modSwitch", a: b.id }, b.depth + 1, false);
    return this.#push({ op: "add", a: a.id, b: b.id }, a.depth, a.pending);
  }

  #scaled(operand: StepId): Placed {
    const value = this.#values[operand];
    if (!value.pending) return value;
    let scaled = this.#rescaled.get(value.id);
    if (scaled === undefined) {
      scaled = this.#push({ op: "rescale", a: value.id }, value.depth + 1, false);
      this.#rescaled.set(value.id, scaled);
    }
    return scaled;
  }

  #push(step: LevelledStep, depth: number, pending: boolean): Placed {
    this.#stageOf.push(this.#stage);
    this.#depthOf.push(depth);
    return { id: this.#steps.push(step) - 1, depth, pending };
  }
}
