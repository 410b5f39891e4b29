/** How far a model with fitted activations is from the model as it was trained. */
import type { OutputActivation } from "../../graph/graph.ts";

/** Both models on the same inputs. */
export interface FitAccuracy {
  readonly samples: number;
  /** Share of inputs on which both give the same class, 0 … 1; null where an output is a number and no class. */
  readonly agreement: number | null;
  /** Shares of inputs answered rightly, where labels were given. */
  readonly labelled: { readonly exact: number; readonly fitted: number } | null;
  /** Root of the mean square of what an output is off by. */
  readonly rmsError: number;
  /** The most any output is off by. */
  readonly maxError: number;
}

/** The class an output stands for: that of the largest number; of a single one, whether it is positive. */
export function classOf(values: ArrayLike<number>): number {
  if (values.length === 1) return Number(values[0] > 0);
  let best = 0;
  for (let k = 1; k < values.length; k++) if (values[k] > values[best]) best = k;
  return best;
}

/**
 * Compares the outputs of two models.
 *
 * @param exact outputs of the model as it was trained, one array an input, before softmax or sigmoid
 * @param fitted outputs of the other
 * @param finish what is done with an output in the clear
 * @param labels index of the right class of each input, or undefined
 */
export function compareOutputs(
  exact: readonly Float64Array[],
  fitted: readonly Float64Array[],
  finish: OutputActivation,
  labels?: ArrayLike<number>,
): FitAccuracy {
  const samples = exact.length;
  const share = (right: (index: number) => boolean): number =>
    exact.reduce((count, _, index) => count + Number(right(index)), 0) / samples;
  const differences = exact.flatMap((values, index) => Array.from(values, (value, k) => fitted[index][k] - value));
  const classes = finish !== "none" || exact[0].length > 1 || labels !== undefined;
  return {
    samples,
    agreement: classes ? share((index) => classOf(exact[index]) === classOf(fitted[index])) : null,
    labelled:
      labels === undefined
        ? null
        : {
            exact: share((index) => classOf(exact[index]) === labels[index]),
            fitted: share((index) => classOf(fitted[index]) === labels[index]),
          },
    rmsError: Math.sqrt(differences.reduce((sum, difference) => sum + difference ** 2, 0) / differences.length),
    maxError: differences.reduce((most, difference) => Math.max(most, Math.abs(difference)), 0),
  };
}

/** Share of accuracy lost: by the labels, else counting as right what the trained model says; 0 where outputs are no classes. */
export function accuracyLost({ labelled, agreement }: FitAccuracy): number {
  if (labelled !== null) return labelled.exact - labelled.fitted;
  return agreement === null ? 0 : 1 - agreement;
}

/** Whether a larger share of accuracy was lost than may be. Shares are quotients and sums of floats, so what differs by rounding alone is equal. */
export function exceedsDrop(lost: number, maxDrop: number): boolean {
  return lost > maxDrop + 1e-9;
}
