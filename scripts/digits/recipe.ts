import type { TrainingRecipe } from "../training/train.ts";
import type { Augmentation } from "./augment.ts";

/** Everything that decides how a training run on digits goes. */
export interface Recipe extends TrainingRecipe {
  readonly augmentation: Augmentation;
}

/** The recipe of the committed model, settled on the validation digits; the held-out ones had no part in it. */
export const DIGITS_RECIPE: Recipe = {
  seed: 7,
  epochs: 40,
  batch: 64,
  peakRate: 0.004,
  warmup: 0.05,
  labelSmoothing: 0.1,
  optimiser: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.25, clipNorm: 1 },
  augmentation: { rotation: 0.15, shift: 0.7, scale: 0.08, shear: 0.1 },
};
