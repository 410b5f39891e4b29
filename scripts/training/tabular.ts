/** Networks on rows of numbers that tell one class from the rest. */
import * as tf from "@tensorflow/tfjs-core";
import { initializers, layers, sequential } from "@tensorflow/tfjs-layers";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { readyTensorFlow } from "../digits/tensorflow.ts";
import { withWeightsOf } from "../digits/train.ts";
import { trainNetwork, type Examples, type TrainingHooks, type TrainingRecipe } from "./train.ts";

/** Rows one after the other, and what each is. */
export interface Rows {
  /** n × columns numbers. */
  readonly inputs: Float32Array;
  /** 1 for the class that is looked for, 0 for the rest. */
  readonly labels: Uint8Array;
}

/** columns – hidden, with swish – 1. */
export interface TabularShape {
  /** Of the model, and of its last layer. */
  readonly name: string;
  readonly columns: number;
  readonly hidden: readonly number[];
}

/**
 * The network.
 *
 * @param seed fixes the initial weights
 * @param finish `sigmoid` for what is published, `linear` for training
 */
function buildTabular(
  { name, columns, hidden }: TabularShape,
  seed: number,
  finish: "sigmoid" | "linear",
): LayersModel {
  const kernelInitializer = (layer: number): ReturnType<typeof initializers.glorotUniform> =>
    initializers.glorotUniform({ seed: seed + layer });
  const stack = hidden.map((units, k) =>
    layers.dense({
      name: `dense${k + 1}`,
      units,
      activation: "swish",
      kernelInitializer: kernelInitializer(k),
      ...(k === 0 && { inputShape: [columns] }),
    }),
  );
  const last = layers.dense({
    name,
    units: 1,
    activation: finish,
    kernelInitializer: kernelInitializer(hidden.length),
  });
  return sequential({ name, layers: [...stack, last] });
}

function examplesOf({ inputs, labels }: Rows): Examples {
  const size = inputs.length / labels.length;
  return {
    labels,
    tensor: (indices) => {
      const data = new Float32Array(indices.length * size);
      for (let i = 0; i < indices.length; i++)
        data.set(inputs.subarray(indices[i] * size, (indices[i] + 1) * size), i * size);
      return tf.tensor2d(data, [indices.length, size]);
    },
  };
}

/**
 * Trains a network; fixed by its arguments, as `trainNetwork` is.
 *
 * @param data rows to learn from and rows to watch
 * @param hooks progress and cancellation
 * @returns the network with its sigmoid, trained; the caller disposes of it
 * @throws the signal's reason when cancelled
 */
export async function trainTabular(
  shape: TabularShape,
  data: { readonly train: Rows; readonly validation: Rows },
  recipe: TrainingRecipe,
  hooks: TrainingHooks = {},
): Promise<LayersModel> {
  await readyTensorFlow();
  const trainee = buildTabular(shape, recipe.seed, "linear");
  try {
    const examples = { train: examplesOf(data.train), validation: examplesOf(data.validation) };
    await trainNetwork(trainee, examples, recipe, hooks);
    return withWeightsOf(trainee, buildTabular(shape, recipe.seed, "sigmoid"));
  } finally {
    trainee.dispose();
  }
}
