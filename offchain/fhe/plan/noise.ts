/**
 * The error of a plan's outputs, by following every source of error to them.
 *
 * Sources are small polynomials added to a value: the error of a fresh encryption, the error of a key switch, rounding at a rescale, rounding of plaintexts. An operation on ciphertexts is, to first order, linear
 * in errors; with the values of a calibration sample in place, the derivative of each output by each slot of each value follows from one walk back through the plan.
 * The variance of an output is then the sum over sources of variance times squared derivative, all correlations by way of shared errors included.
 *
 * In slots, a polynomial with independent coefficients of variance v has variance N·v, half of it in the real part, which is all that reaches a real output.
 * Errors that are multiplied by a secret or a key (the second polynomial's rounding times s, digits times key errors) are not equal in all slots: given the secret their variance in slot i goes with |s(ζ_i)|², which
 * over secrets is exponentially distributed. Their sums are bounded by the sub-gamma tail Σa + √(2xΣa²) + x·max a (Boucheron, Lugosi, Massart, "Concentration
 * Inequalities", 2013, section 2.4) at x = 18, the confidence of six standard deviations.
 */
import { ERROR_VARIANCE } from "../ckks/sampling.ts";
import { compactDeviation } from "./compact-shape.ts";
import { scaleToNumber } from "./exact-scale.ts";
import { operandsOf } from "./operands.ts";
import type { Instruction, Plan } from "./plan.ts";
import type { SlotVector } from "./program.ts";
import { rotateSlots, slotOf } from "./slot-algebra.ts";
import type { CheckedPlan } from "./typecheck.ts";
import { runSlots } from "./run-slots.ts";

/** Standard deviations a bound stands for. */
export const BOUND_SIGMAS = 6;

/** Mean square of a uniform ternary coefficient. */
const TERNARY = 2 / 3;
/** Variance of rounding to an integer. */
const ROUNDING = 1 / 12;

/** Variances of one output, in units of the values squared, by where they come from. */
export interface NoiseBudget {
  readonly encryption: number;
  readonly keySwitch: number;
  /** Of rescales and of the divisions that end key switches. */
  readonly rounding: number;
  readonly plaintext: number;
  readonly compact: number;
}

/**
 * The largest error budget of any output over some inputs.
 *
 * @param vectors slot values of the plan's constants, in order
 * @param inputs slot values of the plan's one input, N/2 each
 * @returns that of the output and input with the largest sum
 */
export function estimateNoise(
  checked: CheckedPlan,
  vectors: readonly SlotVector[],
  inputs: readonly Float64Array[],
): NoiseBudget {
  const { plan } = checked;
  let worst: NoiseBudget | undefined;
  for (const input of inputs) {
    const values = runSlots(plan, vectors, [input]);
    plan.outputs.forEach((output, index) => {
      for (let k = 0; k < output.layout.slots.length; k++) {
        const budget = new Backward(checked, vectors, values, index, k).run();
        if (worst === undefined || totalVariance(budget) > totalVariance(worst)) worst = budget;
      }
    });
  }
  if (worst === undefined) throw new RangeError("an error is estimated from at least one input");
  return worst;
}

/** Sum of a budget's variances. */
export function totalVariance(budget: NoiseBudget): number {
  return budget.encryption + budget.keySwitch + budget.rounding + budget.plaintext + budget.compact;
}

/** The bound a budget stands for: six standard deviations, in units of the values. */
export function errorBound(budget: NoiseBudget): number {
  return BOUND_SIGMAS * Math.sqrt(totalVariance(budget));
}

/** The walk back from one output. */
class Backward {
  readonly #checked: CheckedPlan;
  readonly #plan: Plan;
  readonly #vectors: readonly SlotVector[];
  readonly #values: readonly Float64Array[];
  readonly #output: number;
  readonly #index: number;
  readonly #slots: number;
  /** Derivative of the output by every slot of every value. */
  readonly #derivatives: (Float64Array | undefined)[] = [];
  readonly #secretRounding: Float64Array;
  readonly #secretSquareRounding: Float64Array;
  readonly #keyErrors: Float64Array;
  #encryption = 0;
  #flatRounding = 0;
  #plaintext = 0;

  constructor(
    checked: CheckedPlan,
    vectors: readonly SlotVector[],
    values: readonly Float64Array[],
    output: number,
    index: number,
  ) {
    this.#checked = checked;
    this.#plan = checked.plan;
    this.#vectors = vectors;
    this.#values = values;
    this.#output = output;
    this.#index = index;
    this.#slots = checked.plan.params.n / 2;
    this.#secretRounding = new Float64Array(this.#slots);
    this.#secretSquareRounding = new Float64Array(this.#slots);
    this.#keyErrors = new Float64Array(this.#slots);
  }

  run(): NoiseBudget {
    const { instructions, outputs, params } = this.#plan;
    const { value, layout } = outputs[this.#output];
    this.#derivatives[value] = averageOf(layout.slots[this.#index], layout.period, this.#slots);
    for (let id = value; id >= 0; id--) {
      const derivative = this.#derivatives[id];
      if (derivative === undefined) continue;
      this.#source(instructions[id], id, derivative);
      this.#passOn(instructions[id], derivative);
      this.#derivatives[id] = undefined;
    }
    const last = instructions[value];
    const scale = scaleToNumber(params, this.#checked.types[value].scale);
    return {
      encryption: this.#encryption,
      keySwitch: tail(this.#keyErrors),
      rounding: this.#flatRounding + tail(this.#secretRounding) + tail(this.#secretSquareRounding),
      plaintext: this.#plaintext,
      compact: last.op === "compact" ? compactDeviation(params, last, scale) ** 2 : 0,
    };
  }

  /** Adds what an instruction itself puts in. */
  #source(instruction: Instruction, id: number, derivative: Float64Array): void {
    const { n } = this.#plan.params;
    const type = this.#checked.types[id];
    // Real part in a slot of a polynomial whose coefficients have variance 1, in units of the value.
    const unit = n / 2 / scaleToNumber(this.#plan.params, type.scale) ** 2;
    switch (instruction.op) {
      case "input":
        this.#encryption += (ERROR_VARIANCE + ROUNDING) * unit * energy(derivative);
        return;
      case "rotate":
      case "rotateHoisted":
      case "conjugate":
      case "relinearise":
        this.#keySwitch(type.level, unit, derivative);
        this.#rounding(1, unit, derivative);
        return;
      case "rescale":
        this.#rounding(type.degree, unit, derivative);
        return;
      case "addPlain":
        this.#plaintext += this.#roundedConstant(instruction.constant, derivative);
        return;
      case "mulPlain":
      case "mulScalar":
      case "mulPlainExt": {
        const operand = this.#values[instruction.a];
        this.#plaintext += this.#roundedConstant(
          instruction.constant,
          derivative.map((value, i) => value * operand[i]),
        );
        return;
      }
      default:
        return;
    }
  }

  /** (Σ_j d_j·e_j)/P with digits d_j lifted to [0, q_j) as SEAL does: their mean q_j/2 weighs on the slots whose root is near 1. */
  #keySwitch(level: number, unit: number, derivative: Float64Array): void {
    const { n, data, special } = this.#plan.params;
    const p = special.reduce((product, prime) => product * prime, 1);
    const digits = data.slice(0, level).reduce((sum, prime) => sum + (prime / p) ** 2, 0);
    const spread = digitSpread(n);
    for (let i = 0; i < this.#slots; i++)
      this.#keyErrors[i] += derivative[i] ** 2 * unit * ERROR_VARIANCE * digits * n * spread[i];
  }

  /** Rounding of every polynomial of a ciphertext: that of c1 counts times s, of c2 times s². */
  #rounding(degree: 1 | 2, unit: number, derivative: Float64Array): void {
    const { n } = this.#plan.params;
    this.#flatRounding += ROUNDING * unit * energy(derivative);
    for (let i = 0; i < this.#slots; i++) {
      const weight = derivative[i] ** 2 * unit * ROUNDING * TERNARY * n;
      this.#secretRounding[i] += weight;
      if (degree === 2) this.#secretSquareRounding[i] += weight * TERNARY * n;
    }
  }

  /** A constant that repeats with period T has 2T coefficients, so its rounding error repeats too: equal in all slots of a class. */
  #roundedConstant(constant: number, weights: Float64Array): number {
    const { kind } = this.#plan.constants[constant];
    const period = kind === "scalar" ? 1 : this.#vectors[constant].length;
    const classes = new Float64Array(period);
    weights.forEach((weight, i) => {
      classes[i & (period - 1)] += weight;
    });
    return (ROUNDING * period * energy(classes)) / this.#checked.constantScales[constant] ** 2;
  }

  #passOn(instruction: Instruction, derivative: Float64Array): void {
    switch (instruction.op) {
      case "sub":
        this.#add(instruction.a, derivative);
        this.#add(
          instruction.b,
          derivative.map((value) => -value),
        );
        return;
      case "negate":
        this.#add(
          instruction.a,
          derivative.map((value) => -value),
        );
        return;
      case "mul":
        this.#addProduct(instruction.a, derivative, this.#values[instruction.b], 1);
        this.#addProduct(instruction.b, derivative, this.#values[instruction.a], 1);
        return;
      case "square":
        this.#addProduct(instruction.a, derivative, this.#values[instruction.a], 2);
        return;
      case "mulPlain":
      case "mulScalar":
      case "mulPlainExt":
        this.#addProduct(instruction.a, derivative, this.#vectors[instruction.constant], 1);
        return;
      case "rotate":
      case "rotateHoisted":
        this.#add(instruction.a, rotateSlots(derivative, this.#slots - instruction.step));
        return;
      default:
        for (const operand of operandsOf(instruction)) this.#add(operand, derivative);
    }
  }

  #add(value: number, derivative: Float64Array): void {
    const there = this.#derivatives[value];
    if (there === undefined) this.#derivatives[value] = derivative.slice();
    else for (let i = 0; i < there.length; i++) there[i] += derivative[i];
  }

  #addProduct(value: number, derivative: Float64Array, factors: Float64Array, times: number): void {
    this.#add(
      value,
      derivative.map((entry, i) => times * entry * slotOf(factors, i)),
    );
  }
}

/** The derivative of an output, the mean over its class of slots. */
function averageOf(slot: number, period: number, slots: number): Float64Array {
  const derivative = new Float64Array(slots);
  for (let i = slot; i < slots; i += period) derivative[i] = period / slots;
  return derivative;
}

function energy(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}

/** Bound on Σ a_i·E_i for exponential E_i of mean 1, at the confidence of six standard deviations. */
function tail(weights: Float64Array): number {
  const x = BOUND_SIGMAS ** 2 / 2;
  let [sum, squares, largest] = [0, 0, 0];
  for (const weight of weights) {
    sum += weight;
    squares += weight * weight;
    largest = Math.max(largest, weight);
  }
  return sum + Math.sqrt(2 * x * squares) + x * largest;
}

const spreads = new Map<number, Float64Array>();

/** E|d(ζ_i)|²/(q²·N) of a digit with coefficients uniform in [0, q): N/12 from their spread, |1/(1 − ζ_i)|² from their mean, over N. */
function digitSpread(n: number): Float64Array {
  let spread = spreads.get(n);
  if (spread === undefined) {
    spread = new Float64Array(n / 2);
    for (let i = 0, exponent = 1; i < spread.length; i++, exponent = (exponent * 3) % (2 * n)) {
      const distance = 4 * Math.sin((Math.PI * exponent) / (2 * n)) ** 2;
      spread[i] = (n / 12 + 1 / distance) / n;
    }
    spreads.set(n, spread);
  }
  return spread;
}
