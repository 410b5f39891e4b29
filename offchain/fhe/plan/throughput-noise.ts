/**
 * The error of a throughput plan's outputs: each source followed to each output through the derivatives of the network at calibration inputs, as `noise-trace.ts` does slot by slot. Here all elements of a
 * sample share one slot, and so one value of the secret there: what is multiplied by it is bounded by its largest over all slots.
 */
import { ERROR_VARIANCE } from "../ckks/sampling.ts";
import type { ParameterSet } from "../ckks/parameters.ts";
import { batchDeviation } from "./batch-shape.ts";
import type { LinearStage, Network, Stage } from "./fold.ts";
import { digitSpread, type NoiseBudget } from "./noise.ts";
import { rowMap } from "./throughput-rows.ts";

const TERNARY = 2 / 3;
const ROUNDING = 1 / 12;
/** ½·6²: at this confidence a variable that is exponential with mean 1 stays below 1 + √(2x) + x (`noise.ts`). */
const X = 18;
const TAIL = 1 + Math.sqrt(2 * X) + X;

export interface ThroughputNoise {
  readonly network: Network;
  readonly params: Pick<ParameterSet, "n" | "data" | "special">;
  /** Scale of the values after a stage; −1 is the input. */
  readonly scaleOf: (stage: number) => number;
  /** Scale of the weights of a linear stage. */
  readonly weightScaleOf: (stage: number) => number;
  /** Degree of the values after a stage. */
  readonly degreeOf: (stage: number) => 1 | 2;
  readonly bits: number;
}

/**
 * The largest budget of any output over some inputs, as variances.
 *
 * @param samples inputs of the model
 */
export function throughputBudget(noise: ThroughputNoise, samples: readonly ArrayLike<number>[]): NoiseBudget {
  const { network, params, bits, scaleOf } = noise;
  const { stages, outputs } = network;
  let worst: NoiseBudget = { encryption: 0, keySwitch: 0, rounding: 0, plaintext: 0, compact: 0 };
  for (const sample of samples) {
    const values = forward(network, sample);
    for (let output = 0; output < outputs; output++) {
      const alone = outputs % 2 === 1 && output === outputs - 1;
      const compact = batchDeviation(params.n, bits, alone, scaleOf(stages.length - 1)) ** 2;
      const budget = { ...traced(noise, values, output), compact };
      if (total(budget) > total(worst)) worst = budget;
    }
  }
  return worst;
}

function total({ encryption, keySwitch, rounding, plaintext, compact }: NoiseBudget): number {
  return encryption + keySwitch + rounding + plaintext + compact;
}

/** The operand of every stage; squares have their shift added. */
function forward({ stages, inputGather }: Network, sample: ArrayLike<number>): Float64Array[] {
  let values: Float64Array = Float64Array.from(inputGather, (element) => (element < 0 ? 0 : sample[element]));
  return stages.map((stage) => {
    if (stage.kind === "square") {
      const operand = stage.shift === undefined ? values : values.map((value, k) => value + stage.shift![k]);
      values = operand.map((value, k) => value * value + (stage.offset?.[k] ?? 0));
      return operand;
    }
    const operand = values;
    values = applied(stage, operand);
    return operand;
  });
}

function applied({ map }: LinearStage, operand: Float64Array): Float64Array {
  const { rows, weights, termsOf, biasOf } = rowMap(map);
  return Float64Array.from({ length: rows }, (_, row) =>
    termsOf(row).reduce((sum, { column, weight }) => sum + weights[weight] * operand[column], biasOf(row)),
  );
}

function traced(
  { network, params, scaleOf, weightScaleOf, degreeOf }: ThroughputNoise,
  values: readonly Float64Array[],
  output: number,
): Omit<NoiseBudget, "compact"> {
  const { n, data, special } = params;
  const { stages } = network;
  // Real part in a slot of a polynomial whose coefficients have variance 1, in units of values at a scale.
  const unit = (scale: number): number => n / 2 / scale ** 2;
  const spread = Math.max(...digitSpread(n));
  const p = special.reduce((product, prime) => product * prime, 1);
  let [keySwitch, rounding, plaintext] = [0, 0, 0];
  let derivative = new Float64Array(network.outputs);
  derivative[output] = 1;
  for (let index = stages.length - 1; index >= 0; index--) {
    const stage = stages[index];
    const level = stages.length + 1 - index;
    const energy = energyOf(derivative);
    const after = unit(scaleOf(index)) * energy;
    const degree = degreeOf(index);
    rounding += ROUNDING * after * (1 + TERNARY * n * TAIL + (degree === 2 ? (TERNARY * n) ** 2 * TAIL ** 2 : 0));
    if (relinearises(stage, degree, index === 0 ? 1 : degreeOf(index - 1))) {
      // Before the rescale, whose prime makes the scale larger.
      const digits = data.slice(0, level).reduce((sum, prime) => sum + (prime / p) ** 2, 0);
      const before = after / data[level - 1] ** 2;
      keySwitch += before * (ERROR_VARIANCE * digits * n * spread + ROUNDING * TERNARY * n) * TAIL;
    }
    const passed = passedBack(stage, values[index], derivative);
    if (passed.weights !== undefined) plaintext += (ROUNDING * energyOf(passed.weights)) / weightScaleOf(index) ** 2;
    derivative = passed.derivative;
  }
  return {
    encryption: (ERROR_VARIANCE + ROUNDING) * unit(scaleOf(-1)) * energyOf(derivative),
    keySwitch,
    rounding,
    plaintext,
  };
}

/** Whether a stage ends in a relinearisation: a square that does not stay of degree 2, or the sums after one that does. */
function relinearises(stage: Stage, degree: 1 | 2, before: 1 | 2): boolean {
  return stage.kind === "square" ? degree === 1 : before === 2;
}

/** The derivative by a stage's operand, and by its weights where it has any. */
function passedBack(
  stage: Stage,
  operand: Float64Array,
  derivative: Float64Array,
): { readonly derivative: Float64Array<ArrayBuffer>; readonly weights?: Float64Array } {
  if (stage.kind === "square")
    return { derivative: Float64Array.from(operand, (value, k) => 2 * value * derivative[k]) };
  const { rows, columns, weights, termsOf } = rowMap(stage.map);
  const back = new Float64Array(columns);
  const byWeight = new Float64Array(weights.length);
  for (let row = 0; row < rows; row++) {
    if (derivative[row] === 0) continue;
    for (const { column, weight } of termsOf(row)) {
      back[column] += weights[weight] * derivative[row];
      byWeight[weight] += operand[column] * derivative[row];
    }
  }
  return { derivative: back, weights: byWeight };
}

function energyOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
