/**
 * Follows every source of error to one output of a plan, by one walk back through its instructions.
 *
 * Sources are small polynomials added to a value: the error of a fresh encryption, the error of a key switch, rounding at a rescale, rounding of plaintexts. An operation on
 * ciphertexts is, to first order, linear in errors; with the values of a calibration input in place, the walk gives the derivative of the output by each slot of each value. What a
 * source adds to the output's variance is then its variance times the squared derivative, all correlations by way of shared errors included.
 *
 * In slots, a polynomial with independent coefficients of variance v has variance N·v, half of it in the real part, which is all that reaches a real output.
 */
import { digitGroups } from "../ckks/residues.ts";
import { ERROR_VARIANCE } from "../ckks/sampling.ts";
import { conjugationElement, galoisElement } from "../ring/automorphism.ts";
import { compactDeviation } from "./compact-shape.ts";
import { scaleToNumber } from "./exact-scale.ts";
import { operandsOf } from "./operands.ts";
import type { Instruction, Plan, ValueId } from "./plan.ts";
import type { SlotVector } from "./program.ts";
import type { CheckedPlan } from "./typecheck.ts";

/** Mean square of a uniform ternary coefficient. */
const TERNARY = 2 / 3;
/** Variance of rounding to an integer. */
const ROUNDING = 1 / 12;

/** What reaches one output, in units of its values squared. Errors that are multiplied by a secret or a key are kept slot by slot. */
export interface NoiseTrace {
  readonly encryption: number;
  /** Rounding of first components. */
  readonly rounding: number;
  readonly plaintext: number;
  readonly compact: number;
  /** Rounding of second components, times s: variance from each slot. */
  readonly secretRounding: Float64Array;
  /** Rounding of third components, times s². */
  readonly secretSquareRounding: Float64Array;
  /** By key, Galois element or 0: what its errors contribute from each slot, times N, before the spread of the digits they meet. */
  readonly keys: ReadonlyMap<number, KeyTrace>;
}

export interface KeyTrace {
  readonly weights: Float64Array;
  /** Fewest digits any use of the key sums over; each digit has an error of its own. */
  digits: number;
}

/** Where a trace begins. */
export interface TraceStart {
  /** Slot values of every value of the plan, from `runSlots`. */
  readonly values: readonly Float64Array[];
  /** Index of the output in the plan. */
  readonly output: number;
  /** Index of the number in the output. */
  readonly index: number;
}

/**
 * Traces one number of one output.
 *
 * @param vectors slot values of the plan's constants, in order
 * @param spare arrays of N/2 numbers to work in, to hand from one trace to the next; a walk takes what it needs and leaves what it took
 */
export function traceNoise(
  checked: CheckedPlan,
  vectors: readonly SlotVector[],
  start: TraceStart,
  spare: Float64Array[] = [],
): NoiseTrace {
  return new Tracer(checked, vectors, start, spare).run();
}

class Tracer {
  readonly #checked: CheckedPlan;
  readonly #plan: Plan;
  readonly #vectors: readonly SlotVector[];
  readonly #start: TraceStart;
  readonly #slots: number;
  readonly #spare: Float64Array[];
  /** Derivative of the output by every slot of every value. */
  readonly #derivatives: (Float64Array | undefined)[] = [];
  readonly #secretRounding: Float64Array;
  readonly #secretSquareRounding: Float64Array;
  readonly #keys = new Map<number, KeyTrace>();
  #encryption = 0;
  #rounding = 0;
  #plaintext = 0;

  constructor(checked: CheckedPlan, vectors: readonly SlotVector[], start: TraceStart, spare: Float64Array[]) {
    this.#checked = checked;
    this.#plan = checked.plan;
    this.#vectors = vectors;
    this.#start = start;
    this.#spare = spare;
    this.#slots = checked.plan.params.n / 2;
    this.#secretRounding = new Float64Array(this.#slots);
    this.#secretSquareRounding = new Float64Array(this.#slots);
  }

  run(): NoiseTrace {
    const { instructions, outputs, params } = this.#plan;
    const { value, layout } = outputs[this.#start.output];
    this.#derivatives[value] = meanOf(layout.slots[this.#start.index], layout.period, this.#slots);
    for (let id = value; id >= 0; id--) {
      const derivative = this.#derivatives[id];
      if (derivative === undefined) continue;
      this.#source(instructions[id], id, derivative);
      this.#derivatives[id] = undefined;
      if (!this.#passOn(instructions[id], derivative)) this.#spare.push(derivative);
    }
    const last = instructions[value];
    const scale = scaleToNumber(params, this.#checked.types[value].scale);
    return {
      encryption: this.#encryption,
      rounding: this.#rounding,
      plaintext: this.#plaintext,
      compact: last.op === "compact" ? compactDeviation(params, last, scale) ** 2 : 0,
      secretRounding: this.#secretRounding,
      secretSquareRounding: this.#secretSquareRounding,
      keys: this.#keys,
    };
  }

  /** Adds what an instruction itself puts in. */
  #source(instruction: Instruction, id: ValueId, derivative: Float64Array): void {
    const { n } = this.#plan.params;
    const type = this.#checked.types[id];
    // Real part in a slot of a polynomial whose coefficients have variance 1, in units of the value.
    const unit = n / 2 / scaleToNumber(this.#plan.params, type.scale) ** 2;
    switch (instruction.op) {
      case "input":
        this.#encryption += (ERROR_VARIANCE + ROUNDING) * unit * energy(derivative);
        return;
      case "rotate":
        this.#keySwitch(galoisElement(instruction.step, n), type.level, unit, derivative);
        this.#round(1, unit, derivative);
        return;
      case "rotateHoisted":
        if (instruction.step === 0) return;
        this.#keySwitch(galoisElement(instruction.step, n), type.level, unit, derivative);
        if (!instruction.ext) this.#round(1, unit, derivative);
        return;
      case "conjugate":
        this.#keySwitch(conjugationElement(n), type.level, unit, derivative);
        this.#round(1, unit, derivative);
        return;
      case "relinearise":
      case "relineariseExt":
        this.#keySwitch(0, type.level, unit, derivative);
        if (instruction.op === "relinearise") this.#round(1, unit, derivative);
        return;
      case "decompose":
        // Of an extended value the second component alone is divided.
        if (type.basis === "QP") this.#roundSecret(unit, derivative);
        return;
      case "rescale":
      case "modDown":
        this.#round(type.degree, unit, derivative);
        return;
      case "addPlain":
        this.#plaintext += this.#roundedConstant(instruction.constant, derivative);
        return;
      case "mulPlain":
      case "mulScalar":
      case "mulPlainExt":
        this.#plaintext += this.#roundedConstant(instruction.constant, derivative, this.#start.values[instruction.a]);
        return;
      case "combine":
        instruction.values.forEach((value, k) => {
          this.#plaintext += this.#roundedConstant(instruction.constants[k], derivative, this.#start.values[value]);
        });
        return;
      default:
        return;
    }
  }

  /** (Σ_j d_j·e_j)/P; a digit is as large as the product of its primes. */
  #keySwitch(key: number, level: number, unit: number, derivative: Float64Array): void {
    const { params } = this.#plan;
    const groups = digitGroups(params, level);
    const p = params.special.reduce((product, prime) => product * prime, 1);
    const sizes = groups.map((group) => group.reduce((product, index) => product * params.data[index], 1));
    const digits = sizes.reduce((sum, size) => sum + (size / p) ** 2, 0);
    let trace = this.#keys.get(key);
    if (trace === undefined) {
      trace = { weights: new Float64Array(this.#slots), digits: groups.length };
      this.#keys.set(key, trace);
    }
    trace.digits = Math.min(trace.digits, groups.length);
    addSquares(trace.weights, derivative, unit * ERROR_VARIANCE * digits * params.n);
  }

  /** Rounding of every polynomial of a ciphertext: that of c1 counts times s, of c2 times s². */
  #round(degree: 1 | 2, unit: number, derivative: Float64Array): void {
    const { n } = this.#plan.params;
    this.#rounding += ROUNDING * unit * this.#roundSecret(unit, derivative);
    if (degree === 2) addSquares(this.#secretSquareRounding, derivative, unit * ROUNDING * (TERNARY * n) ** 2);
  }

  /** Rounding of a second component, which counts times s. @returns the energy of the derivative */
  #roundSecret(unit: number, derivative: Float64Array): number {
    return addSquares(this.#secretRounding, derivative, unit * ROUNDING * TERNARY * this.#plan.params.n);
  }

  /** A constant that repeats with period T has 2T coefficients, so its rounding error repeats too: equal in all slots of a class. */
  #roundedConstant(constant: number, derivative: Float64Array, factors?: Float64Array): number {
    const { kind } = this.#plan.constants[constant];
    const period = kind === "scalar" ? 1 : this.#vectors[constant].length;
    const classes = new Float64Array(period);
    if (factors === undefined) for (let i = 0; i < derivative.length; i++) classes[i & (period - 1)] += derivative[i];
    else for (let i = 0; i < derivative.length; i++) classes[i & (period - 1)] += derivative[i] * factors[i];
    return (ROUNDING * period * energy(classes)) / this.#checked.constantScales[constant] ** 2;
  }

  /** Adds to the operands' derivatives. @returns whether the derivative itself became an operand's */
  #passOn(instruction: Instruction, derivative: Float64Array): boolean {
    const { values } = this.#start;
    switch (instruction.op) {
      case "sub":
        this.#add(instruction.a, derivative);
        this.#addProduct(instruction.b, derivative, MINUS_ONE, 1);
        return false;
      case "negate":
        this.#addProduct(instruction.a, derivative, MINUS_ONE, 1);
        return false;
      case "mul":
        this.#addProduct(instruction.a, derivative, values[instruction.b], 1);
        this.#addProduct(instruction.b, derivative, values[instruction.a], 1);
        return false;
      case "square":
        this.#addProduct(instruction.a, derivative, values[instruction.a], 2);
        return false;
      case "mulPlain":
      case "mulScalar":
      case "mulPlainExt":
        this.#addProduct(instruction.a, derivative, this.#vectors[instruction.constant], 1);
        return false;
      case "combine":
        instruction.values.forEach((value, k) => {
          this.#addProduct(value, derivative, this.#vectors[instruction.constants[k]], 1);
        });
        return false;
      case "rotate":
      case "rotateHoisted":
        this.#addRotated(instruction.a, derivative, instruction.step);
        return false;
      default: {
        const operands = operandsOf(instruction);
        if (operands.length === 1 && this.#derivatives[operands[0]] === undefined) {
          this.#derivatives[operands[0]] = derivative;
          return true;
        }
        for (const operand of operands) this.#add(operand, derivative);
        return false;
      }
    }
  }

  #add(value: ValueId, derivative: Float64Array): void {
    const sum = this.#derivatives[value];
    if (sum !== undefined) for (let i = 0; i < sum.length; i++) sum[i] += derivative[i];
    else this.#begin(value).set(derivative);
  }

  /** Slot i of a rotated value is slot i + step of its operand. */
  #addRotated(value: ValueId, derivative: Float64Array, step: number): void {
    const first = this.#slots - step;
    const sum = this.#derivatives[value];
    if (sum === undefined) {
      const rotated = this.#begin(value);
      rotated.set(derivative.subarray(0, first), step);
      rotated.set(derivative.subarray(first));
      return;
    }
    for (let i = 0; i < first; i++) sum[i + step] += derivative[i];
    for (let i = first; i < sum.length; i++) sum[i - first] += derivative[i];
  }

  #addProduct(value: ValueId, derivative: Float64Array, factors: Float64Array, times: number): void {
    // Factors repeat with a period that is a power of two.
    const mask = factors.length - 1;
    const sum = this.#derivatives[value];
    if (sum !== undefined) for (let i = 0; i < sum.length; i++) sum[i] += times * derivative[i] * factors[i & mask];
    else {
      const product = this.#begin(value);
      for (let i = 0; i < product.length; i++) product[i] = times * derivative[i] * factors[i & mask];
    }
  }

  /** An array for a derivative that has none, with whatever was in it. */
  #begin(value: ValueId): Float64Array {
    return (this.#derivatives[value] = this.#spare.pop() ?? new Float64Array(this.#slots));
  }
}

const MINUS_ONE = Float64Array.of(-1);

/** The derivative of an output, the mean over its class of slots. */
function meanOf(slot: number, period: number, slots: number): Float64Array {
  const derivative = new Float64Array(slots);
  for (let i = slot; i < slots; i += period) derivative[i] = period / slots;
  return derivative;
}

function energy(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  return sum;
}

/** Adds every square times a factor. @returns the sum of the squares */
function addSquares(sums: Float64Array, values: Float64Array, factor: number): number {
  let energy = 0;
  for (let i = 0; i < sums.length; i++) {
    const square = values[i] * values[i];
    energy += square;
    sums[i] += square * factor;
  }
  return energy;
}
