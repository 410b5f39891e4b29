import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { areaUnderCurve } from "../training/auc.ts";
import { COLUMNS, toInput } from "./columns.ts";
import type { LoanRecord } from "./records.ts";

/** How well scores tell defaults from loans paid back. */
export interface RiskScore {
  readonly n: number;
  readonly defaults: number;
  /** Those on the right side of a probability of a half. */
  readonly correct: number;
  readonly accuracy: number;
  /** Probability that a default has a higher score than a loan paid back: area under the ROC curve. */
  readonly auc: number;
}

/**
 * Inputs of records, one after the other.
 *
 * @returns n × 24 numbers in 0 … 1
 */
export function inputsOf(records: readonly LoanRecord[]): Float32Array {
  const inputs = new Float32Array(records.length * COLUMNS.length);
  records.forEach(({ application }, i) => {
    inputs.set(toInput(application), i * COLUMNS.length);
  });
  return inputs;
}

/** 1 for each record that defaulted, 0 for each that did not. */
export function labelsOf(records: readonly LoanRecord[]): Uint8Array {
  return Uint8Array.from(records, ({ defaulted }) => Number(defaulted));
}

/**
 * The model's probabilities of default.
 *
 * @param model the published network
 * @param records in any order
 */
export function predictRisk(model: LayersModel, records: readonly LoanRecord[]): Float32Array {
  return tf.tidy(() => {
    const inputs = tf.tensor2d(inputsOf(records), [records.length, COLUMNS.length]);
    return Float32Array.from((model.predict(inputs) as tf.Tensor).dataSync());
  });
}

/**
 * Measures scores against what happened.
 *
 * @param scores one a record, higher for more risk
 * @param labels 1 for a default
 * @param threshold score above which a default is expected
 */
export function scoreRisk(scores: ArrayLike<number>, labels: Uint8Array, threshold = 0.5): RiskScore {
  const n = labels.length;
  const defaults = labels.reduce((sum, label) => sum + label, 0);
  const correct = labels.filter((label, i) => Number(scores[i] > threshold) === label).length;
  return { n, defaults, correct, accuracy: correct / n, auc: areaUnderCurve(scores, labels) };
}
