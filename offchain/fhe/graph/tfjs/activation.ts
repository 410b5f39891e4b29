import * as z from "zod";
import type { Activation } from "../activation.ts";
import { ModelError } from "../errors.ts";
import { onlyInput, settings, type LayerImporter } from "./layer.ts";

const activation = z.object({ activation: z.string() });

/** Activations by the names TensorFlow.js and Keras save. */
const NAMES: ReadonlyMap<string, Activation> = new Map<string, Activation>([
  ["relu", { kind: "relu" }],
  ["relu6", { kind: "clippedRelu", max: 6 }],
  ["elu", { kind: "elu", alpha: 1 }],
  ["selu", { kind: "selu" }],
  ["sigmoid", { kind: "sigmoid" }],
  ["hardSigmoid", { kind: "hardSigmoid" }],
  ["hard_sigmoid", { kind: "hardSigmoid" }],
  ["tanh", { kind: "tanh" }],
  ["softplus", { kind: "softplus" }],
  ["softsign", { kind: "softsign" }],
  ["swish", { kind: "swish" }],
  ["silu", { kind: "swish" }],
  ["gelu", { kind: "gelu" }],
  ["gelu_new", { kind: "geluTanh" }],
  ["geluNew", { kind: "geluTanh" }],
  ["mish", { kind: "mish" }],
]);

/**
 * The activation of a name.
 *
 * @param layer that names it
 * @throws ModelError naming the layer when nothing is known that could take its place
 */
export function namedActivation(layer: string, name: string): Activation {
  const found = NAMES.get(name);
  if (found !== undefined) return found;
  if (name === "softmax") {
    throw new ModelError(
      layer,
      "applies softmax before the end of the model",
      "Only the last layer may apply softmax: it is done in the clear after decryption.",
    );
  }
  throw new ModelError(
    layer,
    `applies ${name}, which is not supported`,
    `Use one of: ${[...NAMES.keys()].join(", ")}.`,
  );
}

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

const relu = z.object({
  max_value: z.number().positive().nullish(),
  negative_slope: z.literal(0).nullish(),
  threshold: z.literal(0).nullish(),
});

/** `ReLU`, with or without a ceiling. */
export const importRelu: LayerImporter = (layer) => {
  const { max_value: max } = settings(layer, relu);
  onlyInput(layer);
  const activation: Activation = typeof max === "number" ? { kind: "clippedRelu", max } : { kind: "relu" };
  return { operations: [{ op: "activation", activation }] };
};

const leaky = z.union([
  z.object({ alpha: z.number() }).transform(({ alpha }) => alpha),
  z.object({ negative_slope: z.number() }).transform(({ negative_slope }) => negative_slope),
]);

/** `LeakyReLU`; Keras 3 calls its alpha negative_slope. */
export const importLeakyRelu: LayerImporter = (layer) => {
  const slope = settings(layer, leaky);
  onlyInput(layer);
  return { operations: [{ op: "activation", activation: { kind: "leakyRelu", slope } }] };
};

/** `ELU`. */
export const importElu: LayerImporter = (layer) => {
  const { alpha } = settings(layer, z.object({ alpha: z.number() }));
  onlyInput(layer);
  return { operations: [{ op: "activation", activation: { kind: "elu", alpha } }] };
};

/** `Square`: x ↦ x², a class this project registers with TensorFlow.js. */
export const importSquare: LayerImporter = (layer) => {
  onlyInput(layer);
  return { operations: [{ op: "square" }] };
};

/** `Quadratic`: a quadratic a channel, a class this project registers with TensorFlow.js. */
export const importQuadratic: LayerImporter = (layer) => {
  const shape = onlyInput(layer);
  const channels = [shape[shape.length - 1]];
  const coefficients = ["constant", "linear", "square"].map((weight) => layer.weight(weight, channels));
  return { operations: [{ op: "channelPolynomial", coefficients }] };
};
