/** From the decrypted outputs of a classifier to what is shown: a probability a class, and how far the error bound can move it. */

/** One class. */
export interface ClassProbability {
  readonly label: string;
  readonly probability: number;
  /** Least and most the probability can be when every output is off by at most the error bound. */
  readonly least: number;
  readonly most: number;
}

/**
 * Softmax with its range. The range of class k is exact: it is reached when output k is off by the bound one way and all others the other way.
 *
 * @param outputs one value a class (logits)
 * @param labels names, as many as outputs
 * @param errorBound bound on the error of each output, not negative
 */
export function classProbabilities(
  outputs: readonly number[],
  labels: readonly string[],
  errorBound: number,
): ClassProbability[] {
  const share = (k: number, shift: number) =>
    1 / outputs.reduce((sum, value, j) => sum + (j === k ? 1 : Math.exp(value - outputs[k] - shift)), 0);
  return outputs.map((_, k) => ({
    label: labels[k] ?? String(k),
    probability: share(k, 0),
    least: share(k, -2 * errorBound),
    most: share(k, 2 * errorBound),
  }));
}

/**
 * Sigmoids with their ranges: outputs that are likelihoods of their own and do not add up to one.
 *
 * @param outputs one value an output (logits)
 * @param labels names, as many as outputs
 * @param errorBound bound on the error of each output, not negative
 */
export function likelihoods(
  outputs: readonly number[],
  labels: readonly string[],
  errorBound: number,
): ClassProbability[] {
  const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
  return outputs.map((value, k) => ({
    label: labels[k] ?? `Output ${k + 1}`,
    probability: sigmoid(value),
    least: sigmoid(value - errorBound),
    most: sigmoid(value + errorBound),
  }));
}

/** The most probable class. */
export function mostProbable(classes: readonly ClassProbability[]): ClassProbability {
  return classes.reduce((best, next) => (next.probability > best.probability ? next : best));
}

/** Classes that are all drawn; of more than these, some. */
const ALL_DRAWN = 20;
const SOME_DRAWN = 12;

/**
 * The classes to draw: all in their order while they are few, otherwise the most probable ones, the most probable first.
 *
 * @returns fewer than there are when there are more than twenty
 */
export function drawnClasses(classes: readonly ClassProbability[]): readonly ClassProbability[] {
  if (classes.length <= ALL_DRAWN) return classes;
  return classes.toSorted((a, b) => b.probability - a.probability).slice(0, SOME_DRAWN);
}
