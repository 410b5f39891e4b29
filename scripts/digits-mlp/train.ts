import { initializers, layers, sequential } from "@tensorflow/tfjs-layers";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { CLASSES, IMAGE_PIXELS, IMAGE_SIDE, type Digits } from "../digits/data.ts";
import type { Recipe } from "../digits/recipe.ts";
import { readyTensorFlow } from "../digits/tensorflow.ts";
import { digitExamples, type InputForm } from "../digits/train.ts";
import { withQuadratics, type Quadratics } from "../training/fine-tune.ts";
import { trainNetwork, type EpochReport, type TrainingHooks } from "../training/train.ts";

/** The network of the HomomorphicEncryption.org ml-inference benchmark: 784 – 128 – 64 – 10. */
export const HIDDEN = [128, 64] as const;

/** How the model is made: with ReLU first, then with the parabolas fitted to it. */
export interface MlpRecipe {
  readonly relu: Recipe;
  /** Training digits the parabolas are fitted on, as they are. */
  readonly calibration: number;
  readonly fineTuning: Recipe;
}

const OPTIMISER = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.25, clipNorm: 1 } as const;
const AUGMENTATION = { rotation: 0.15, shift: 0.7, scale: 0.08, shear: 0.1 } as const;

/** The recipe of the committed model, settled on the validation digits; the held-out ones had no part in it. */
export const MLP_RECIPE: MlpRecipe = {
  relu: {
    seed: 5,
    epochs: 20,
    batch: 64,
    peakRate: 0.003,
    warmup: 0.05,
    labelSmoothing: 0.1,
    optimiser: OPTIMISER,
    augmentation: AUGMENTATION,
  },
  calibration: 1000,
  fineTuning: {
    seed: 6,
    epochs: 15,
    batch: 64,
    peakRate: 0.001,
    warmup: 0.1,
    labelSmoothing: 0.1,
    optimiser: OPTIMISER,
    augmentation: AUGMENTATION,
  },
};

const IMAGES: InputForm = { shape: [IMAGE_SIDE, IMAGE_SIDE, 1] };

/**
 * The network before its activations are replaced: images [batch, 28, 28, 1] to logits [batch, 10].
 *
 * @param seed fixes the initial weights
 */
export function buildReluMlp(seed: number): LayersModel {
  const dense = (name: string, units: number, offset: number, activation?: "relu"): layers.Layer =>
    layers.dense({
      name,
      units,
      kernelInitializer: initializers.glorotUniform({ seed: seed + offset }),
      ...(activation !== undefined && { activation }),
    });
  const stack = [
    layers.flatten({ name: "flatten", inputShape: IMAGES.shape.slice() }),
    dense("dense1", HIDDEN[0], 0, "relu"),
    dense("dense2", HIDDEN[1], 1, "relu"),
    dense("logits", CLASSES, 2),
  ];
  return sequential({ name: "digits-mlp", layers: stack });
}

/** Progress of both halves. */
export interface MlpHooks extends Pick<TrainingHooks, "signal"> {
  readonly onEpoch?: (phase: "ReLU" | "quadratics", report: EpochReport) => void;
}

/**
 * Trains with ReLU, fits parabolas, and trains on with them.
 *
 * @param data digits to learn from and digits to watch
 * @param recipe see {@link MLP_RECIPE}
 * @returns the model with quadratics and what was fitted; the caller disposes of the model
 * @throws the signal's reason when cancelled
 */
export async function trainMlp(
  data: { readonly train: Digits; readonly validation: Digits },
  recipe: MlpRecipe,
  { onEpoch, signal }: MlpHooks = {},
): Promise<Quadratics> {
  await readyTensorFlow();
  const examples = ({ augmentation }: Recipe): Parameters<typeof trainNetwork>[1] => ({
    train: digitExamples(data.train, IMAGES, augmentation),
    validation: digitExamples(data.validation, IMAGES, augmentation),
  });
  const hooks = (phase: "ReLU" | "quadratics"): TrainingHooks => ({
    ...(signal !== undefined && { signal }),
    onEpoch: (report) => onEpoch?.(phase, report),
  });
  const relu = buildReluMlp(recipe.relu.seed);
  try {
    await trainNetwork(relu, examples(recipe.relu), recipe.relu, hooks("ReLU"));
    const count = Math.min(recipe.calibration, data.train.n);
    const calibration = Array.from({ length: count }, (_, i) =>
      data.train.images.subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS),
    );
    const quadratics = await withQuadratics(relu, calibration, data.train.labels.subarray(0, count));
    await trainNetwork(quadratics.model, examples(recipe.fineTuning), recipe.fineTuning, hooks("quadratics"));
    return quadratics;
  } finally {
    relu.dispose();
  }
}
