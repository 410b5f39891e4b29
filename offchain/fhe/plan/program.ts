/** What is to be computed on slots, before levels, scales and keys: the form layouts are lowered to. */

/** Index of a step, which is the index of the value it defines. */
export type StepId = number;

/** Slot values that repeat; their number, a power of two, is the period. */
export type SlotVector = Float64Array;

export type Step =
  | { readonly op: "input" }
  | { readonly op: "add"; readonly a: StepId; readonly b: StepId }
  | { readonly op: "multiply" | "addVector"; readonly a: StepId; readonly vector: SlotVector }
  /** Slot i of the result is slot i + step of `a`. `unscaled`: a sum of products is rotated before its rescale. */
  | { readonly op: "rotate"; readonly a: StepId; readonly step: number; readonly unscaled?: true }
  | { readonly op: "square"; readonly a: StepId };

export interface Program {
  readonly steps: readonly Step[];
  /** Index of the stage each step belongs to; −1 is the input. */
  readonly stageOf: readonly number[];
  /** The values that are the results, in order. */
  readonly outputs: readonly StepId[];
}

/** Writes a program down. The same rotation of the same value is made once. */
export class ProgramBuilder {
  readonly #steps: Step[] = [{ op: "input" }];
  readonly #stageOf: number[] = [-1];
  readonly #rotations = new Map<string, StepId>();
  readonly #slots: number;
  readonly #hoists: boolean;
  #stage = -1;
  #weightScale = Infinity;

  /**
   * @param slots of a ciphertext
   * @param hoists whether rotations are going to be hoisted
   */
  constructor(slots: number, hoists = false) {
    this.#slots = slots;
    this.#hoists = hoists;
  }

  /** The one input. */
  get input(): StepId {
    return 0;
  }

  /**
   * What follows belongs to this stage.
   *
   * @param weightScale about the smallest scale its vectors will be encoded at
   */
  beginStage(stage: number, weightScale = Infinity): void {
    this.#stage = stage;
    this.#weightScale = weightScale;
  }

  /**
   * Whether a factor could be zero once it is encoded, so that its product is to be left out: SEAL refuses the transparent result. A vector of period T has 2T
   * coefficients with a mean square of scale²·mean(v²)/2T; where that is at least 1/4, one of them rounds to something. What is left out is of the size of
   * the rounding errors of the factors that stay.
   */
  negligible(vector: SlotVector): boolean {
    const energy = vector.reduce((sum, value) => sum + value * value, 0);
    return energy === 0 || (energy * this.#weightScale ** 2) / (2 * vector.length ** 2) < 1 / 4;
  }

  add(a: StepId, b: StepId): StepId {
    return this.#push({ op: "add", a, b });
  }

  multiply(a: StepId, vector: SlotVector): StepId {
    return this.#push({ op: "multiply", a, vector });
  }

  /** Adds slot values; nothing when all are zero. */
  addVector(a: StepId, vector: SlotVector): StepId {
    return vector.every((value) => value === 0) ? a : this.#push({ op: "addVector", a, vector });
  }

  /** Rotates to the left; by a multiple of all slots, nothing. */
  rotate(a: StepId, step: number): StepId {
    return this.#rotate(a, step, {});
  }

  /**
   * Rotates a sum of products that others are to be added to: after its rescale, a level lower, or where rotations are hoisted before it, so that it stays in the extended basis and
   * one division ends the sum of all.
   */
  rotateSum(a: StepId, step: number): StepId {
    return this.#rotate(a, step, this.#hoists ? { unscaled: true } : {});
  }

  #rotate(a: StepId, step: number, how: { readonly unscaled?: true }): StepId {
    const reduced = ((step % this.#slots) + this.#slots) % this.#slots;
    if (reduced === 0) return a;
    const name = `${a}/${reduced}/${how.unscaled === true}`;
    let rotated = this.#rotations.get(name);
    if (rotated === undefined) {
      rotated = this.#push({ op: "rotate", a, step: reduced, ...how });
      this.#rotations.set(name, rotated);
    }
    return rotated;
  }

  square(a: StepId): StepId {
    return this.#push({ op: "square", a });
  }

  finish(outputs: readonly StepId[]): Program {
    return { steps: this.#steps, stageOf: this.#stageOf, outputs };
  }

  #push(step: Step): StepId {
    this.#stageOf.push(this.#stage);
    return this.#steps.push(step) - 1;
  }
}
