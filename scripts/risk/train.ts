import * as tf from "@tensorflow/tfjs-core";
import { initializers, layers, sequential } from "@tensorflow/tfjs-layers";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { readyTensorFlow } from "../digits/tensorflow.ts";
import { withWeightsOf } from "../digits/train.ts";
import { trainNetwork, type Examples, type TrainingHooks, type TrainingRecipe } from "../training/train.ts";
import { COLUMNS } from "./columns.ts";
import { inputsOf, labelsOf } from "./evaluate.ts";
import type { LoanRecord, RecordsSplit } from "./records.ts";

/** 24 – 32 – 16 – 1. */
export const HIDDEN = [32, 16] as const;

/** The recipe of the committed model, settled on the validation records; the held-out ones had no part in it. */
export const RISK_RECIPE: TrainingRecipe = {
  seed: 3,
  epochs: 30,
  batch: 64,
  peakRate: 0.004,
  warmup: 0.05,
  labelSmoothing: 0,
  optimiser: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.3, clipNorm: 1 },
};

/**
 * The network: 24 numbers to the probability of default, or to its logit.
 *
 * @param seed fixes the initial weights
 * @param finish `sigmoid` for what is published, `linear` for training
 */
export function buildRisk(seed: number, finish: "sigmoid" | "linear"): LayersModel {
  const kernelInitializer = (layer: number): ReturnType<typeof initializers.glorotUniform> =>
    initializers.glorotUniform({ seed: seed + layer });
  const stack = [
    layers.dense({
      name: "dense1",
      inputShape: [COLUMNS.length],
      units: HIDDEN[0],
      activation: "swish",
      kernelInitializer: kernelInitializer(0),
    }),
    layers.dense({ name: "dense2", units: HIDDEN[1], activation: "swish", kernelInitializer: kernelInitializer(1) }),
    layers.dense({ name: "risk", units: 1, activation: finish, kernelInitializer: kernelInitializer(2) }),
  ];
  return sequential({ name: "risk", layers: stack });
}

/** Records as examples to train on. */
function examplesOf(records: readonly LoanRecord[]): Examples {
  const inputs = inputsOf(records);
  const size = COLUMNS.length;
  return {
    labels: labelsOf(records),
    tensor: (indices) => {
      const data = new Float32Array(indices.length * size);
      for (let i = 0; i < indices.length; i++)
        data.set(inputs.subarray(indices[i] * size, (indices[i] + 1) * size), i * size);
      return tf.tensor2d(data, [indices.length, size]);
    },
  };
}

/**
 * Trains the network; fixed by its arguments, as `trainNetwork` is.
 *
 * @param data records to learn from and records to watch
 * @param recipe see {@link RISK_RECIPE}
 * @param hooks progress and cancellation
 * @returns the network with its sigmoid, trained; the caller disposes of it
 * @throws the signal's reason when cancelled
 */
export async function trainRisk(
  data: Pick<RecordsSplit, "train" | "validation">,
  recipe: TrainingRecipe,
  hooks: TrainingHooks = {},
): Promise<LayersModel> {
  await readyTensorFlow();
  const trainee = buildRisk(recipe.seed, "linear");
  try {
    await trainNetwork(
      trainee,
      { train: examplesOf(data.train), validation: examplesOf(data.validation) },
      recipe,
      hooks,
    );
    return withWeightsOf(trainee, buildRisk(recipe.seed, "sigmoid"));
  } finally {
    trainee.dispose();
  }
}
