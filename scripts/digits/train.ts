import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { AdamW, cosineRate } from "./adamw.ts";
import { augmentDigit } from "./augment.ts";
import { CLASSES, IMAGE_PIXELS, takeDigits } from "./data.ts";
import type { Digits } from "./data.ts";
import { buildNetwork, buildWindowedNetwork, WINDOW_PIXELS, WINDOWS, writeWindows } from "./network.ts";
import { seededRandom, shuffledIndices } from "./random.ts";
import type { Random } from "./random.ts";
import type { Recipe } from "./recipe.ts";
import { readyTensorFlow } from "./tensorflow.ts";

/** What is known after an epoch; epoch 0 is the untrained network. */
export interface EpochReport {
  readonly epoch: number;
  readonly epochs: number;
  /** Mean loss over the augmented training digits of this epoch, with label smoothing; NaN for epoch 0. */
  readonly trainLoss: number;
  /** Mean loss over the validation digits as they are, with label smoothing. */
  readonly validationLoss: number;
  /** Part of the validation digits that are classified rightly, 0 … 1. */
  readonly validationAccuracy: number;
}

export interface TrainingHooks {
  readonly onEpoch?: (report: EpochReport) => void;
  /** Asked before every step; the training then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The variables of a model, in the order of `model.getWeights()`. */
function variablesOf(model: LayersModel): tf.Variable[] {
  return model.trainableWeights.map((weight) => {
    const variable = weight.read();
    if (!(variable instanceof tf.Variable)) throw new TypeError(`${weight.name} is not a trainable variable.`);
    return variable as tf.Variable;
  });
}

/** Digits as windows, [n, 64, 49], each digit passed through `change` on its way. */
function windowsOf(digits: Digits, change: (source: Float32Array, target: Float32Array) => void): tf.Tensor3D {
  const size = WINDOWS * WINDOW_PIXELS;
  const data = new Float32Array(digits.n * size);
  const image = new Float32Array(IMAGE_PIXELS);
  for (let i = 0; i < digits.n; i++) {
    change(digits.images.subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS), image);
    writeWindows(image, data.subarray(i * size, (i + 1) * size));
  }
  return tf.tensor3d(data, [digits.n, WINDOWS, WINDOW_PIXELS]);
}

/** Cross entropy over softmax, the wanted class sharing `smoothing` with all others; a scalar. */
function lossOf(model: LayersModel, windows: tf.Tensor, labels: Uint8Array, smoothing: number): tf.Scalar {
  return tf.tidy(() => {
    const wanted = tf.oneHot(tf.tensor1d(Int32Array.from(labels), "int32"), CLASSES);
    const logits = model.apply(windows) as tf.Tensor;
    return tf.losses.softmaxCrossEntropy<tf.Tensor, tf.Scalar>(wanted, logits, undefined, smoothing);
  });
}

/** The network while it is being trained: its variables and the arrays the optimiser changes. */
class Trainee {
  readonly model: LayersModel;
  readonly #variables: readonly tf.Variable[];
  readonly #values: readonly Float32Array[];
  readonly #optimiser: AdamW;
  readonly #recipe: Recipe;

  constructor(recipe: Recipe) {
    this.#recipe = recipe;
    this.model = buildWindowedNetwork(recipe.seed);
    this.#variables = variablesOf(this.model);
    this.#values = this.#variables.map((variable) => Float32Array.from(variable.dataSync()));
    this.#optimiser = new AdamW(
      this.#variables.map((variable, i) => ({ values: this.#values[i], decays: variable.rank > 1 })),
      recipe.optimiser,
    );
  }

  /** One step of gradient descent over a batch; returns the loss before it. */
  step(batch: Digits, rate: number, random: Random): number {
    const { augmentation, labelSmoothing } = this.#recipe;
    const windows = windowsOf(batch, (source, target) => {
      augmentDigit(source, target, augmentation, random);
    });
    const { value, grads } = tf.variableGrads(
      () => lossOf(this.model, windows, batch.labels, labelSmoothing),
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
    tf.dispose([windows, value, grads]);
    return loss;
  }

  /** Loss and part classified rightly over digits as they are. */
  measure(digits: Digits): { loss: number; accuracy: number } {
    return tf.tidy(() => {
      const windows = windowsOf(digits, (source, target) => {
        target.set(source);
      });
      const loss = lossOf(this.model, windows, digits.labels, this.#recipe.labelSmoothing).dataSync()[0];
      const winners = tf.argMax(this.model.apply(windows) as tf.Tensor, 1).dataSync();
      return { loss, accuracy: digits.labels.filter((label, i) => winners[i] === label).length / digits.n };
    });
  }

  /** The trained weights in the network as it is published, [49, 4] become [7, 7, 1, 4]. */
  published(): LayersModel {
    const model = buildNetwork(this.#recipe.seed);
    tf.tidy(() => {
      const shapes = model.getWeights().map((weight) => weight.shape);
      model.setWeights(shapes.map((shape, i) => tf.tensor(this.#values[i].slice(), shape)));
    });
    return model;
  }
}

/**
 * Trains the digits network by stochastic gradient descent in TensorFlow.js.
 *
 * Fixed by its arguments: order, augmentation and initial weights come from `recipe.seed`, and every sum is formed in
 * one order on one thread. The weights after the last epoch are taken; validation digits are only watched.
 *
 * @param data digits to learn from and digits to watch
 * @param recipe see {@link Recipe}
 * @param hooks progress and cancellation
 * @returns the network of `buildNetwork`, trained; the caller disposes of it
 * @throws the signal's reason when cancelled
 */
export async function trainDigits(
  data: { readonly train: Digits; readonly validation: Digits },
  recipe: Recipe,
  hooks: TrainingHooks = {},
): Promise<LayersModel> {
  await readyTensorFlow();
  const { train, validation } = data;
  const random = seededRandom(recipe.seed);
  const stepsPerEpoch = Math.ceil(train.n / recipe.batch);
  const steps = stepsPerEpoch * recipe.epochs;
  const trainee = new Trainee(recipe);
  const report = (epoch: number, trainLoss: number): void => {
    const { loss, accuracy } = trainee.measure(validation);
    hooks.onEpoch?.({ epoch, epochs: recipe.epochs, trainLoss, validationLoss: loss, validationAccuracy: accuracy });
  };
  try {
    report(0, Number.NaN);
    for (let epoch = 0; epoch < recipe.epochs; epoch++) {
      const order = shuffledIndices(train.n, random);
      let lossSum = 0;
      for (let step = 0; step < stepsPerEpoch; step++) {
        hooks.signal?.throwIfAborted();
        const batch = takeDigits(train, order.subarray(step * recipe.batch, (step + 1) * recipe.batch));
        const rate = cosineRate(epoch * stepsPerEpoch + step, steps, recipe.warmup * steps, recipe.peakRate);
        lossSum += trainee.step(batch, rate, random) * batch.n;
      }
      report(epoch + 1, lossSum / train.n);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return trainee.published();
  } finally {
    trainee.model.dispose();
  }
}
