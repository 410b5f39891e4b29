/**
 * Turns a levelled program into one for hoisted-1: rotations of one value share its decomposition, sums of rotations are taken in the extended basis, and one division ends them, which
 * is their rescale too where one follows (double hoisting: Bossuat, Mouchet, Troncoso-Pastoriza, Hubaux, "Efficient bootstrapping for approximate homomorphic encryption with non-sparse
 * keys", 2021). Folds that follow each other stay in the extended basis throughout. A square is relinearised there, so that its rescale costs nothing but a prime more.
 */
import type { LevelledProgram, LevelledStep } from "./place-rescales.ts";
import type { StepId } from "./program.ts";

/** Hoists the rotations of a program. */
export function hoist(program: LevelledProgram): LevelledProgram {
  return new Hoister(program).run();
}

/** Sums that are wanted as one: an addition, and the additions that only feed it. */
interface Sum {
  /** What is added, in order. */
  readonly leaves: readonly StepId[];
}

/** What stands for a value of the program while it is rewritten. */
interface Rewritten {
  /** In the data primes. In a part of a sum: what is to be added after the sum's division. */
  plain?: StepId | undefined;
  /** In the extended basis. */
  extended?: StepId | undefined;
}

class Hoister {
  readonly #program: LevelledProgram;
  readonly #uses: readonly StepId[][];
  /** By their last addition. */
  readonly #sums = new Map<StepId, Sum>();
  /** The sum that each addition and each leaf is part of, if it is part of just one. */
  readonly #sumOf = new Map<StepId, StepId>();
  readonly #extendedSums = new Set<StepId>();
  readonly #steps: LevelledStep[] = [];
  readonly #stageOf: number[] = [];
  readonly #depthOf: number[] = [];
  readonly #values: Rewritten[] = [];
  readonly #digits = new Map<StepId, StepId>();
  readonly #whole = new Map<StepId, StepId>();
  #at: StepId = 0;

  constructor(program: LevelledProgram) {
    this.#program = program;
    this.#uses = usesOf(program);
    this.#findSums();
    for (const root of this.#sums.keys()) if (this.#gains(root)) this.#extendedSums.add(root);
  }

  run(): LevelledProgram {
    const { steps, outputs } = this.#program;
    steps.forEach((step, id) => {
      this.#at = id;
      this.#values.push(this.#rewrite(step, id));
    });
    return {
      steps: this.#steps,
      stageOf: this.#stageOf,
      depthOf: this.#depthOf,
      outputs: outputs.map((output) => this.#plain(output)),
    };
  }

  #rewrite(step: LevelledStep, id: StepId): Rewritten {
    switch (step.op) {
      case "rotate":
        return this.#rotate(step.a, step.step, id);
      case "multiply":
        if (this.#inExtendedSum(id) && this.#canExtend(step.a))
          return { extended: this.#push({ op: "multiplyExt", a: this.#extended(step.a), vector: step.vector }) };
        return { plain: this.#push({ ...step, a: this.#plain(step.a) }) };
      case "add":
        return this.#inExtendedSum(id) ? this.#addPart(step.a, step.b, id) : { plain: this.#addPlain(step.a, step.b) };
      case "relinearise": {
        const a = this.#plain(step.a);
        if (this.#onlyRescaled(id)) return { extended: this.#push({ op: "relineariseExt", a }) };
        return { plain: this.#push({ op: "relinearise", a }) };
      }
      case "rescale": {
        const { extended, plain } = this.#values[step.a];
        if (extended !== undefined && plain === undefined)
          return { plain: this.#push({ op: "modDown", a: extended, times: 1 }) };
        return { plain: this.#push({ op: "rescale", a: this.#plain(step.a) }) };
      }
      case "input":
        return { plain: this.#push(step) };
      case "square":
      case "addVector":
      case "modSwitch":
        return { plain: this.#push({ ...step, a: this.#plain(step.a) }) };
      default:
        throw new TypeError(`a program to be hoisted holds ${step.op}, which comes of hoisting`);
    }
  }

  /** Both forms are made where both are used. */
  #rotate(a: StepId, step: number, id: StepId): Rewritten {
    const uses = this.#uses[id];
    const inSums = uses.filter((use) => this.#isExtendedTerm(use));
    const result: Rewritten = {};
    if (inSums.length > 0) result.extended = this.#push({ op: "rotateHoisted", a: this.#digitsOf(a), step, ext: true });
    if (inSums.length < uses.length || uses.length === 0) {
      const shared = this.#digits.has(a) || this.#rotationsOf(a) > 1;
      result.plain = shared
        ? this.#push({ op: "rotateHoisted", a: this.#digitsOf(a), step, ext: false })
        : this.#push({ op: "rotate", a: this.#plain(a), step });
    }
    return result;
  }

  /** An addition within a sum: parts in the extended basis, and apart from them the others. */
  #addPart(a: StepId, b: StepId, id: StepId): Rewritten {
    const [x, y] = [a, b].map((operand) => this.#part(operand));
    const result: Rewritten = {};
    if (x.extended !== undefined && y.extended !== undefined)
      result.extended = this.#push({ op: "addExt", a: x.extended, b: y.extended });
    else result.extended = x.extended ?? y.extended;
    if (x.plain !== undefined && y.plain !== undefined)
      result.plain = this.#push({ op: "add", a: x.plain, b: y.plain });
    else result.plain = x.plain ?? y.plain;
    if (!this.#sums.has(id) || result.plain === undefined || result.extended === undefined) return result;
    // Something of it is not in the extended basis: it ends here.
    const divided = this.#push({ op: "modDown", a: result.extended, times: 0 });
    return { plain: this.#push({ op: "add", a: divided, b: result.plain }) };
  }

  /** An operand of an addition in an extended sum. */
  #part(operand: StepId): Rewritten {
    const step = this.#program.steps[operand];
    if (step.op === "add" && !this.#sums.has(operand)) return this.#values[operand];
    if (step.op === "multiply") return this.#values[operand];
    return this.#canExtend(operand) ? { extended: this.#extended(operand) } : { plain: this.#plain(operand) };
  }

  #addPlain(a: StepId, b: StepId): StepId {
    return this.#push({ op: "add", a: this.#plain(a), b: this.#plain(b) });
  }

  /** A value in the data primes; one that was not is divided, once. */
  #plain(id: StepId): StepId {
    const value = this.#values[id];
    value.plain ??= this.#push({ op: "modDown", a: value.extended!, times: 0 });
    return value.plain;
  }

  /** A value in the extended basis, which has it or whose digits give it. */
  #extended(id: StepId): StepId {
    const value = this.#values[id];
    if (value.extended !== undefined) return value.extended;
    let whole = this.#whole.get(id);
    if (whole === undefined) {
      whole = this.#push({ op: "rotateHoisted", a: this.#digitsOf(id), step: 0, ext: true });
      this.#whole.set(id, whole);
    }
    return whole;
  }

  /** The digits of a value, found once. */
  #digitsOf(id: StepId): StepId {
    let digits = this.#digits.get(id);
    if (digits === undefined) {
      const value = this.#values[id];
      const a = value.plain ?? (this.#onlyInSums(id) ? value.extended! : this.#plain(id));
      digits = this.#push({ op: "decompose", a });
      this.#digits.set(id, digits);
    }
    return digits;
  }

  /** Whether a value can be had in the extended basis for next to nothing. */
  #canExtend(id: StepId): boolean {
    const { steps } = this.#program;
    if (steps[id].op === "rotate") return this.#values[id].extended !== undefined;
    return this.#values[id].extended !== undefined || this.#digits.has(id) || this.#hoistedRotations(id) > 0;
  }

  /** Rotations of a value whose results are wanted in the extended basis. */
  #hoistedRotations(id: StepId): number {
    return this.#rotations(id).filter((rotation) => this.#uses[rotation].some((use) => this.#isExtendedTerm(use)))
      .length;
  }

  #rotations(id: StepId): StepId[] {
    return this.#uses[id].filter((use) => this.#program.steps[use].op === "rotate");
  }

  #rotationsOf(id: StepId): number {
    return this.#rotations(id).length;
  }

  /** Whether what uses a value makes it a term of an extended sum: added itself, or multiplied and then added. */
  #isExtendedTerm(use: StepId): boolean {
    const { op } = this.#program.steps[use];
    if (op === "add") return this.#inExtendedSum(use);
    return op === "multiply" && this.#inExtendedSum(use);
  }

  /** Whether every use of a value is in the extended basis: added there, or rotated to be added there. */
  #onlyInSums(id: StepId): boolean {
    return this.#uses[id].every((use) => {
      const { op } = this.#program.steps[use];
      if (op === "rotate") return this.#uses[use].every((next) => this.#isExtendedTerm(next));
      return op === "add" && this.#inExtendedSum(use);
    });
  }

  #onlyRescaled(id: StepId): boolean {
    const uses = this.#uses[id];
    return uses.length > 0 && uses.every((use) => this.#program.steps[use].op === "rescale");
  }

  #inExtendedSum(id: StepId): boolean {
    const root = this.#sumOf.get(id);
    return root !== undefined && this.#extendedSums.has(root);
  }

  /** Whether a sum is better taken in the extended basis: then its rotations end in one division, or in none of their own. */
  #gains(root: StepId): boolean {
    const { leaves } = this.#sums.get(root)!;
    const rotated = leaves.filter((leaf) => this.#rotatedBy(leaf) !== undefined).length;
    if (rotated === 0) return false;
    if (rotated > 1 || this.#onlyRescaled(root)) return true;
    // One rotation, but in a line of folds.
    const before = this.#foldOf(root);
    if (before !== undefined && this.#sums.has(before) && this.#foldOf(before) !== undefined) return true;
    return this.#sums.has(root) && [...this.#sums.keys()].some((next) => this.#foldOf(next) === root);
  }

  /** The value that a sum folds: it adds nothing but that value and rotations of it, and nobody else uses it. */
  #foldOf(root: StepId): StepId | undefined {
    const { leaves } = this.#sums.get(root)!;
    const bases = new Set(leaves.map((leaf) => this.#rotationBase(leaf) ?? leaf));
    if (bases.size !== 1) return undefined;
    const [base] = bases;
    if (!leaves.includes(base)) return undefined;
    const rotations = leaves.filter((leaf) => leaf !== base);
    return this.#uses[base].every((use) => rotations.includes(use) || this.#sumOf.get(use) === root) ? base : undefined;
  }

  /** What a leaf rotates, with or without a product after. */
  #rotatedBy(leaf: StepId): StepId | undefined {
    const step = this.#program.steps[leaf];
    return this.#rotationBase(step.op === "multiply" ? step.a : leaf);
  }

  #rotationBase(id: StepId): StepId | undefined {
    const step = this.#program.steps[id];
    return step.op === "rotate" ? step.a : undefined;
  }

  #findSums(): void {
    const { steps, outputs } = this.#program;
    const isInner = (id: StepId): boolean => {
      const uses = this.#uses[id];
      return !outputs.includes(id) && uses.length === 1 && steps[uses[0]].op === "add";
    };
    steps.forEach(({ op }, root) => {
      if (op !== "add" || isInner(root)) return;
      const leaves: StepId[] = [];
      const visit = (id: StepId): void => {
        const step = steps[id];
        if (step.op === "add" && (id === root || isInner(id))) {
          this.#sumOf.set(id, root);
          visit(step.a);
          visit(step.b);
          return;
        }
        leaves.push(id);
        if (step.op === "multiply" && this.#uses[id].length === 1) this.#sumOf.set(id, root);
      };
      visit(root);
      this.#sums.set(root, { leaves });
    });
  }

  #push(step: LevelledStep): StepId {
    const { stageOf, depthOf } = this.#program;
    this.#stageOf.push(stageOf[this.#at]);
    this.#depthOf.push(depthOf[this.#at]);
    return this.#steps.push(step) - 1;
  }
}

/** For every step those that use it; one that uses it twice counts twice. */
function usesOf({ steps }: LevelledProgram): StepId[][] {
  const uses: StepId[][] = steps.map(() => []);
  steps.forEach((step, id) => {
    if ("a" in step) uses[step.a].push(id);
    if ("b" in step) uses[step.b].push(id);
  });
  return uses;
}
