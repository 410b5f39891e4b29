import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { AdamW, cosineRate, type AdamWSettings } from "../digits/adamw.ts";
import { seededRandom, shuffledIndices, type Random } from "../digits/random.ts";

/** Everything that decides how a training run goes, but for the data. */
export interface TrainingRecipe {
  readonly seed: number;
  readonly epochs: number;
  readonly batch: number;
  readonly peakRate: number;
  /** Part of all steps over which the rate rises. */
  readonly warmup: number;
  readonly labelSmoothing: number;
  readonly optimiser: AdamWSettings;
}

/** What is known after an epoch; epoch 0 is the network before it. */
export interface EpochReport {
  readonly epoch: number;
  readonly epochs: number;
  /** Mean loss over the training examples of this epoch, as they were shown, with label smoothing; NaN for epoch 0. */
  readonly trainLoss: number;
  /** Mean loss over the validation examples as they are, with label smoothing. */
  readonly validationLoss: number;
  /** Part of the validation examples that are classified rightly, 0 … 1. */
  readonly validationAccuracy: number;
}

export interface TrainingHooks {
  readonly onEpoch?: (report: EpochReport) => void;
  /** Asked before every step; the training then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Examples to learn from or to watch. */
export interface Examples {
  /** Class of each; of a network with one output, whether it is to be positive. */
  readonly labels: Uint8Array;
  /**
   * Some of them as the network's input; the caller disposes of it.
   *
   * @param random where to draw changes from that the network is to be blind to; undefined for the examples as they are
   */
  readonly tensor: (indices: ArrayLike<number>, random: Random | undefined) => tf.Tensor;
}

/** The variables of a model, in the order of `model.getWeights()`. */
function variablesOf(model: LayersModel): tf.Variable[] {
  return model.trainableWeights.map((weight) => {
    const variable = weight.read();
    if (!(variable instanceof tf.Variable)) throw new TypeError(`${weight.name} is not a trainable variable.`);
    return variable as tf.Variable;
  });
}

/** Cross entropy, over softmax for classes and over the sigmoid for one output, the truth smoothed; a scalar. */
function lossOf(model: LayersModel, inputs: tf.Tensor, labels: Uint8Array, smoothing: number): tf.Scalar {
  return tf.tidy(() => {
    const logits = model.apply(inputs) as tf.Tensor;
    const classes = logits.shape[1] ?? 1;
    if (classes === 1) {
      const wanted = tf.tensor2d(Float32Array.from(labels), [labels.length, 1]);
      return tf.losses.sigmoidCrossEntropy<tf.Tensor, tf.Scalar>(wanted, logits, undefined, smoothing);
    }
    const wanted = tf.oneHot(tf.tensor1d(Int32Array.from(labels), "int32"), classes);
    return tf.losses.softmaxCrossEntropy<tf.Tensor, tf.Scalar>(wanted, logits, undefined, smoothing);
  });
}

/** A network while it is being trained: its variables and the arrays the optimiser changes. */
class Trainee {
  readonly #model: LayersModel;
  readonly #variables: readonly tf.Variable[];
  readonly #values: readonly Float32Array[];
  readonly #optimiser: AdamW;
  readonly #recipe: TrainingRecipe;

  constructor(model: LayersModel, recipe: TrainingRecipe) {
    this.#recipe = recipe;
    this.#model = model;
    this.#variables = variablesOf(model);
    this.#values = this.#variables.map((variable) => Float32Array.from(variable.dataSync()));
    this.#optimiser = new AdamW(
      this.#variables.map((variable, i) => ({ values: this.#values[i], decays: variable.rank > 1 })),
      recipe.optimiser,
    );
  }

  /** One step of gradient descent over a batch; returns the loss before it. */
  step(inputs: tf.Tensor, labels: Uint8Array, rate: number): number {
    const { value, grads } = tf.variableGrads(
      () => lossOf(this.#model, inputs, labels, this.#recipe.labelSmoothing),
      [...this.#variables],
    );
    this.#optimiser.apply(
      this.#variables.map((variable) => grads[variable.name].dataSync()),
      rate,
    );
    for (const [i, variable] of this.#variables.entries()) {
      const changed = tf.tensor(this.#values[i].slice(), variable.shape);
      variable.assign(changed);
      changed.dispose();
    }
    const loss = value.dataSync()[0];
    tf.dispose([value, grads]);
    return loss;
  }

  /** Loss and part classified rightly over examples as they are. */
  measure({ labels, tensor }: Examples): { loss: number; accuracy: number } {
    return tf.tidy(() => {
      const inputs = tensor(
        Array.from(labels, (_, i) => i),
        undefined,
      );
      const loss = lossOf(this.#model, inputs, labels, this.#recipe.labelSmoothing).dataSync()[0];
      const logits = this.#model.apply(inputs) as tf.Tensor;
      const winners = logits.shape[1] === 1 ? tf.cast(tf.greater(logits, 0), "int32") : tf.argMax(logits, 1);
      const guesses = winners.dataSync();
      return { loss, accuracy: labels.filter((label, i) => guesses[i] === label).length / labels.length };
    });
  }
}

/**
 * Trains a network in place, by stochastic gradient descent in TensorFlow.js.
 *
 * Fixed by its arguments: order and changes to the examples come from `recipe.seed`, and every sum is formed in one order on one thread. The
 * weights after the last epoch are taken; validation examples are only watched.
 *
 * @param model from inputs to logits
 * @param data to learn from and to watch
 * @param recipe see {@link TrainingRecipe}
 * @param hooks progress and cancellation
 * @throws the signal's reason when cancelled
 */
export async function trainNetwork(
  model: LayersModel,
  { train, validation }: { readonly train: Examples; readonly validation: Examples },
  recipe: TrainingRecipe,
  hooks: TrainingHooks = {},
): Promise<void> {
  const random = seededRandom(recipe.seed);
  const n = train.labels.length;
  const stepsPerEpoch = Math.ceil(n / recipe.batch);
  const steps = stepsPerEpoch * recipe.epochs;
  const trainee = new Trainee(model, recipe);
  const report = (epoch: number, trainLoss: number): void => {
    const { loss, accuracy } = trainee.measure(validation);
    hooks.onEpoch?.({ epoch, epochs: recipe.epochs, trainLoss, validationLoss: loss, validationAccuracy: accuracy });
  };
  report(0, Number.NaN);
  for (let epoch = 0; epoch < recipe.epochs; epoch++) {
    const order = shuffledIndices(n, random);
    let lossSum = 0;
    for (let step = 0; step < stepsPerEpoch; step++) {
      hooks.signal?.throwIfAborted();
      const indices = order.subarray(step * recipe.batch, (step + 1) * recipe.batch);
      const rate = cosineRate(epoch * stepsPerEpoch + step, steps, recipe.warmup * steps, recipe.peakRate);
      const inputs = train.tensor(indices, random);
      const labels = Uint8Array.from(indices, (index) => train.labels[index]);
      lossSum += trainee.step(inputs, labels, rate) * indices.length;
      inputs.dispose();
    }
    report(epoch + 1, lossSum / n);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
