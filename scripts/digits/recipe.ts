import type { AdamWSettings } from "./adamw.ts";
import type { Augmentation } from "./augment.ts";

/** Everything that decides how a training run goes. */
export interface Recipe {
  readonly seed: number;
  readonly epochs: number;
  readonly batch: number;
  readonly peakRate: number;
  /** Part of all steps over which the rate rises. */
  readonly warmup: number;
  readonly labelSmoothing: number;
  readonly optimiser: AdamWSettings;
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
