import { z } from "zod";
import { ModelError } from "../errors.ts";
import { onlyInput, settings, type LayerImporter } from "./layer.ts";

const activation = z.object({ activation: z.string() });

/** `Activation`: nothing but the activation it names. */
export const importActivation: LayerImporter = (layer) => {
  onlyInput(layer);
  return { operations: [], activation: settings(layer, activation).activation };
};

/** `Softmax`, along the last axis. */
export const importSoftmax: LayerImporter = (layer) => {
  settings(layer, z.object({ axis: z.union([z.literal(-1), z.literal(onlyInput(layer).length)]).nullish() }));
  return { operations: [], activation: "softmax" };
};

/** `Square`: x ↦ x², the class this project registers with TensorFlow.js. */
export const importSquare: LayerImporter = (layer) => {
  onlyInput(layer);
  return { operations: [{ op: "square" }] };
};

/**
 * Refuses an activation that a ciphertext cannot go through.
 *
 * @param layer name of the layer
 * @param name of the activation, or class of the layer
 */
export function refuseActivation(layer: string, name: string): never {
  const trailing = name === "softmax" || name === "sigmoid";
  throw new ModelError(
    layer,
    trailing ? `applies ${name} before the end of the model` : `applies ${name}, which is not a polynomial`,
    trailing
      ? `Only the last layer may apply ${name}: it is done in the clear after decryption.`
      : "Train the model with Square layers (offchain/fhe/graph/square-layer.ts) in its place: on encrypted numbers only additions and multiplications exist.",
  );
}
