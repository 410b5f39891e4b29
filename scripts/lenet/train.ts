import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Digits } from "../digits/data.ts";
import type { Recipe } from "../digits/recipe.ts";
import { readyTensorFlow } from "../digits/tensorflow.ts";
import { digitExamples, withWeightsOf, type InputForm } from "../digits/train.ts";
import { layOutWindows } from "../digits/windows.ts";
import { trainNetwork, type TrainingHooks } from "../training/train.ts";
import { buildLenet, buildWindowedLenet, FIRST_ALONG, FIRST_WINDOWS } from "./network.ts";

/** The recipe of the committed model, settled on the validation digits; the held-out ones had no part in it. */
export const LENET_RECIPE: Recipe = {
  seed: 11,
  epochs: 30,
  batch: 64,
  peakRate: 0.004,
  warmup: 0.05,
  labelSmoothing: 0.1,
  optimiser: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1, clipNorm: 1 },
  augmentation: { rotation: 0.15, shift: 0.7, scale: 0.08, shear: 0.1 },
};

const WINDOWED: InputForm = {
  shape: [FIRST_ALONG * FIRST_ALONG, FIRST_WINDOWS.side ** 2],
  write: (image, target) => {
    layOutWindows(FIRST_WINDOWS, image, target);
  },
};

/**
 * Trains the network; fixed by its arguments, as `trainNetwork` is.
 *
 * @param data digits to learn from and digits to watch
 * @param recipe see {@link LENET_RECIPE}
 * @param hooks progress and cancellation
 * @returns the network of `buildLenet`, trained; the caller disposes of it
 * @throws the signal's reason when cancelled
 */
export async function trainLenet(
  data: { readonly train: Digits; readonly validation: Digits },
  recipe: Recipe,
  hooks: TrainingHooks = {},
): Promise<LayersModel> {
  await readyTensorFlow();
  const trainee = buildWindowedLenet(recipe.seed);
  try {
    const train = digitExamples(data.train, WINDOWED, recipe.augmentation);
    const validation = digitExamples(data.validation, WINDOWED, recipe.augmentation);
    await trainNetwork(trainee, { train, validation }, recipe, hooks);
    return withWeightsOf(trainee, buildLenet(recipe.seed));
  } finally {
    trainee.dispose();
  }
}
