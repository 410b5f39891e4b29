import * as z from "zod";
import { ModelError } from "../errors.ts";
import { onlyInput, settings, type LayerImporter } from "./layer.ts";

const schema = z.object({
  // The Keras converter writes the axis as a list of one.
  axis: z.union([z.int(), z.tuple([z.int()]).transform(([axis]) => axis)]),
  epsilon: z.number().nonnegative(),
  center: z.boolean(),
  scale: z.boolean(),
});

/** `BatchNormalization` at inference: with the moving mean and variance, along the last axis. */
export const importBatchNormalization: LayerImporter = (layer) => {
  const { axis, epsilon, center, scale } = settings(layer, schema);
  const shape = onlyInput(layer);
  // The axis counts the batch.
  if (axis !== -1 && axis !== shape.length) {
    throw new ModelError(
      layer.name,
      `(BatchNormalization) works along axis ${axis}, which is not the last`,
      "Normalise along the channels, the last axis.",
    );
  }
  const channels = [shape[shape.length - 1]];
  return {
    operations: [
      {
        op: "batchNorm",
        gamma: scale ? layer.weight("gamma", channels) : null,
        beta: center ? layer.weight("beta", channels) : null,
        mean: layer.weight("moving_mean", channels),
        variance: layer.weight("moving_variance", channels),
        epsilon,
      },
    ],
  };
};
