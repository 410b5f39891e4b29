import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { trainNetwork, type Examples, type TrainingHooks } from "../training/train.ts";
import { augmentDigit } from "./augment.ts";
import type { Digits } from "./data.ts";
import { IMAGE_PIXELS } from "./data.ts";
import { buildNetwork, buildWindowedNetwork, WINDOW_PIXELS, WINDOWS, writeWindows } from "./network.ts";
import type { Recipe } from "./recipe.ts";
import { readyTensorFlow } from "./tensorflow.ts";

export type { EpochReport, TrainingHooks } from "../training/train.ts";

/** How a network wants a digit laid out. */
export interface InputForm {
  /** Sizes of one input. */
  readonly shape: readonly number[];
  /** Lays out an image of 784 pixels; undefined where the pixels are the input. */
  readonly write?: (image: Float32Array, target: Float32Array) => void;
}

/**
 * Digits as examples to train on.
 *
 * @param digits where they come from
 * @param form how the network wants them
 * @param augmentation how far they are moved when they are learned from
 */
export function digitExamples(
  { images, labels }: Digits,
  { shape, write }: InputForm,
  augmentation: Recipe["augmentation"],
): Examples {
  const size = shape.reduce((product, axis) => product * axis, 1);
  return {
    labels,
    tensor: (indices, random) => {
      const data = new Float32Array(indices.length * size);
      const moved = new Float32Array(IMAGE_PIXELS);
      for (let i = 0; i < indices.length; i++) {
        const source = images.subarray(indices[i] * IMAGE_PIXELS, (indices[i] + 1) * IMAGE_PIXELS);
        if (random !== undefined) augmentDigit(source, moved, augmentation, random);
        const image = random === undefined ? source : moved;
        const target = data.subarray(i * size, (i + 1) * size);
        if (write === undefined) target.set(image);
        else write(image, target);
      }
      return tf.tensor(data, [indices.length, ...shape]);
    },
  };
}

/** Images as the windows the convolution of {@link buildWindowedNetwork} sees. */
const WINDOWED: InputForm = { shape: [WINDOWS, WINDOW_PIXELS], write: writeWindows };

/**
 * Trains the digits network by stochastic gradient descent in TensorFlow.js; fixed by its arguments, as {@link trainNetwork} is.
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
  const trainee = buildWindowedNetwork(recipe.seed);
  try {
    const train = digitExamples(data.train, WINDOWED, recipe.augmentation);
    const validation = digitExamples(data.validation, WINDOWED, recipe.augmentation);
    await trainNetwork(trainee, { train, validation }, recipe, hooks);
    return withWeightsOf(trainee, buildNetwork(recipe.seed));
  } finally {
    trainee.dispose();
  }
}

/**
 * Gives a network the weights of another one with as many, in other shapes: [49, 4] become [7, 7, 1, 4].
 *
 * @returns the network that was given them
 */
export function withWeightsOf(trained: LayersModel, published: LayersModel): LayersModel {
  tf.tidy(() => {
    const weights = trained.getWeights();
    published.setWeights(published.getWeights().map(({ shape }, i) => tf.reshape(weights[i], shape)));
  });
  return published;
}
