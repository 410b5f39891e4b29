/** Plans at random, of the instructions of seal-4.1, that `typecheck` accepts. */
import { compareEntries, entryOf, type KeyNeed } from "../../../../offchain/fhe/ckks/key-need.ts";
import {
  equalScales,
  integerScale,
  multiplyScales,
  rescaled,
  scaleToNumber,
  type ExactScale,
} from "../../../../offchain/fhe/plan/exact-scale.ts";
import type { Instruction, PlanConstant } from "../../../../offchain/fhe/plan/plan.ts";
import type { CheckedPlan } from "../../../../offchain/fhe/plan/typecheck.ts";
import { conjugationElement, galoisElement } from "../../../../offchain/fhe/ring/automorphism.ts";
import { params } from "../ckks/fixtures.ts";
import { handPlan } from "./hand-plan.ts";

/** What a step of a random plan may be. Where it does not fit, it is left out. */
export const OPERATIONS = [
  "rotate",
  "conjugate",
  "negate",
  "addPlain",
  "mulPlain",
  "mulScalar",
  "square",
  "mul",
  "add",
  "sub",
  "modSwitch",
] as const;

export const STEPS = [1, 100, params.n / 2 - 1] as const;

/** One step: what is done to the value picked, and with which other one. */
export interface RandomStep {
  readonly operation: (typeof OPERATIONS)[number];
  readonly pick: number;
  readonly other: number;
}

interface Value {
  readonly id: number;
  readonly level: number;
  readonly scale: ExactScale;
}

/** Scale of inputs; below every prime, so that values fit at level 1. */
const SCALE = 2 ** 28;
/** Scale of factors, so that a product rescaled keeps nearly its scale. */
const FACTOR = 2 ** 30;
/** Fewest bits a scale is left with. */
const LEAST_BITS = 4;

/** Turns steps into a plan with two inputs at level 6; each value that no step used is an output, brought down to level 1. */
export function randomPlan(steps: readonly RandomStep[]): CheckedPlan {
  const writer = new Writer();
  for (const step of steps) writer.take(step);
  return writer.finish();
}

class Writer {
  readonly #instructions: Instruction[] = [];
  readonly #constants: PlanConstant[] = [];
  readonly #levels = new Map<number, number>();
  readonly #used = new Set<number>();
  readonly #values: Value[] = [];
  #relin = 0;

  constructor() {
    for (const input of [0, 1]) {
      this.#values.push(this.#write({ op: "input", input }, params.data.length, integerScale(params, SCALE)));
    }
  }

  take({ operation, pick, other }: RandomStep): void {
    const a = this.#values[pick % this.#values.length];
    const result = this.#apply(operation, a, other);
    if (result !== undefined) this.#values.push(result);
  }

  finish(): CheckedPlan {
    const unused = this.#values.filter(({ id }) => !this.#used.has(id));
    const outputs = unused.map((value) => this.#toLevel1(value).id);
    const keys: KeyNeed[] = [...this.#levels].map(([element, level]) => ({
      kind: "galois",
      element,
      gadget: 1,
      level,
    }));
    if (this.#relin > 0) keys.push({ kind: "relin", gadget: 1, level: this.#relin });
    return handPlan({
      inputs: [0, 1].map(() => ({ level: params.data.length, scale: SCALE })),
      constants: this.#constants,
      instructions: this.#instructions,
      keys: keys.sort((a, b) => compareEntries(entryOf(a), entryOf(b))),
      outputs,
    });
  }

  #apply(operation: RandomStep["operation"], a: Value, other: number): Value | undefined {
    const partner = this.#values.find(
      ({ id, level, scale }) => id !== a.id && level === a.level && equalScales(scale, a.scale),
    );
    switch (operation) {
      case "rotate":
      case "conjugate": {
        const step = STEPS[other % STEPS.length];
        const element = operation === "rotate" ? galoisElement(step, params.n) : conjugationElement(params.n);
        this.#levels.set(element, Math.max(a.level, this.#levels.get(element) ?? 0));
        const instruction: Instruction =
          operation === "rotate" ? { op: operation, a: a.id, step } : { op: operation, a: a.id };
        return this.#write(instruction, a.level, a.scale);
      }
      case "negate":
        return this.#write({ op: operation, a: a.id }, a.level, a.scale);
      case "addPlain": {
        const constant = this.#constant("plain", a.level, { like: a.id });
        return this.#write({ op: operation, a: a.id, constant }, a.level, a.scale);
      }
      case "mulPlain":
      case "mulScalar":
        return a.level === 1 ? undefined : this.#scaled(operation, a);
      case "square":
      case "mul": {
        const b = operation === "mul" ? partner : a;
        if (b === undefined || a.level === 1 || 2 * bitsOf(a.scale) - 30 < LEAST_BITS) return undefined;
        this.#relin = Math.max(this.#relin, a.level);
        const scale = multiplyScales(a.scale, b.scale);
        const instruction: Instruction =
          operation === "mul" ? { op: operation, a: a.id, b: b.id } : { op: operation, a: a.id };
        const product = this.#write(instruction, a.level, scale);
        return this.#rescale(this.#write({ op: "relinearise", a: product.id }, a.level, scale));
      }
      case "add":
        return this.#write({ op: operation, a: a.id, b: (partner ?? a).id }, a.level, a.scale);
      case "sub":
        return partner && this.#write({ op: operation, a: a.id, b: partner.id }, a.level, a.scale);
      case "modSwitch": {
        if (a.level === 1) return undefined;
        const times = 1 + (other % (a.level - 1));
        return this.#write({ op: operation, a: a.id, times }, a.level - times, a.scale);
      }
    }
  }

  /** By products and rescales, so that what every limb holds counts. */
  #toLevel1(value: Value): Value {
    return value.level === 1 ? value : this.#toLevel1(this.#scaled("mulScalar", value));
  }

  #scaled(op: "mulPlain" | "mulScalar", a: Value): Value {
    const constant = this.#constant(op === "mulPlain" ? "plain" : "scalar", a.level, FACTOR);
    const scale = multiplyScales(a.scale, integerScale(params, FACTOR));
    return this.#rescale(this.#write({ op, a: a.id, constant }, a.level, scale));
  }

  #rescale(a: Value): Value {
    return this.#write({ op: "rescale", a: a.id, times: 1 }, a.level - 1, rescaled(a.scale, a.level, 1));
  }

  #constant(kind: PlanConstant["kind"], level: number, scale: PlanConstant["scale"]): number {
    return this.#constants.push({ kind, basis: "Q", level, scale }) - 1;
  }

  #write(instruction: Instruction, level: number, scale: ExactScale): Value {
    if ("a" in instruction) this.#used.add(instruction.a);
    if ("b" in instruction) this.#used.add(instruction.b);
    return { id: this.#instructions.push(instruction) - 1, level, scale };
  }
}

function bitsOf(scale: ExactScale): number {
  return Math.log2(scaleToNumber(params, scale));
}
