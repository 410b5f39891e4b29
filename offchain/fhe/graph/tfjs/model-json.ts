/** Reads the topology of a TensorFlow.js layers model (`model.json`), as tfjs-layers 4 and its Keras converter write it. */
import * as z from "zod";
import { ModelError } from "../errors.ts";

/** A layer as it was saved. */
export interface SavedLayer {
  readonly name: string;
  /** Class name, e.g. `Conv2D`. */
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Names of the layers it is applied to; empty for the input. */
  readonly inbound: readonly string[];
}

/** A saved tensor: where the manifest says it is. */
export interface SavedWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantised: boolean;
}

/** What a `model.json` says, layers in topological order. */
export interface SavedModel {
  readonly name: string;
  readonly layers: readonly SavedLayer[];
  /** Name of the layer whose result is the output. */
  readonly output: string;
  /** In the order their bytes follow each other. */
  readonly weights: readonly SavedWeight[];
  /** Files of the weights, in the order to join them. */
  readonly weightPaths: readonly string[];
}

const size = z.int().positive();
const weight = z.object({
  name: z.string(),
  shape: z.array(size),
  dtype: z.string(),
  quantization: z.unknown().optional(),
});
const config = z.looseObject({ name: z.string() });
const layer = z.object({
  class_name: z.string(),
  config,
  name: z.string().optional(),
  inbound_nodes: z.unknown().optional(),
});
const reference = z.tuple([z.string(), z.int(), z.int()]).rest(z.unknown());
const topology = z.object({
  class_name: z.string(),
  config: z.union([
    z.object({
      name: z.string().optional(),
      layers: z.array(layer),
      input_layers: z.unknown().optional(),
      output_layers: z.unknown().optional(),
    }),
    z.array(layer),
  ]),
});
const file = z.object({
  modelTopology: z.union([topology, z.object({ model_config: topology })]),
  weightsManifest: z.array(z.object({ paths: z.array(z.string()), weights: z.array(weight) })),
});

type Topology = z.infer<typeof topology>;
type Layer = z.infer<typeof layer>;

/**
 * Reads a parsed `model.json`.
 *
 * @param json what `JSON.parse` gave
 * @throws ModelError when it is not a layers model, has several inputs or outputs, shares layers, or goes round in circles
 */
export function readModelJson(json: unknown): SavedModel {
  const parsed = file.safeParse(json);
  if (!parsed.success) {
    throw new ModelError(
      undefined,
      `is not a TensorFlow.js layers model (${z.prettifyError(parsed.error).split("\n")[0]})`,
      "Save it with model.save() of TensorFlow.js, or convert a Keras model with tensorflowjs_converter --output_format tfjs_layers_model.",
    );
  }
  const { modelTopology, weightsManifest } = parsed.data;
  const model = "model_config" in modelTopology ? modelTopology.model_config : modelTopology;
  const weights = weightsManifest.flatMap((group) => group.weights);
  return {
    ...readTopology(model),
    weights: weights.map(({ name, shape, dtype, quantization }) => ({
      name,
      shape,
      dtype,
      quantised: quantization !== undefined,
    })),
    weightPaths: weightsManifest.flatMap((group) => group.paths),
  };
}

function readTopology(model: Topology): Pick<SavedModel, "name" | "layers" | "output"> {
  const name = Array.isArray(model.config) ? "model" : (model.config.name ?? "model");
  const layers = Array.isArray(model.config) ? model.config : model.config.layers;
  if (layers.length === 0) throw new ModelError(undefined, "has no layers", "Add layers to it and train it.");
  if (model.class_name === "Sequential") return { name, ...sequential(layers) };
  if (["Model", "Functional"].includes(model.class_name) && !Array.isArray(model.config)) {
    return { name, ...functional(layers, model.config.input_layers, model.config.output_layers) };
  }
  throw new ModelError(undefined, `is of class ${model.class_name}`, "Build it as a Sequential or functional model.");
}

function sequential(layers: readonly Layer[]): Pick<SavedModel, "layers" | "output"> {
  const saved: SavedLayer[] = [];
  const [first] = layers;
  if (first.class_name !== "InputLayer") {
    // A sequential model may say the shape of its input in its first layer.
    const { batch_input_shape } = first.config;
    saved.push({ name: "input", className: "InputLayer", config: { batch_input_shape }, inbound: [] });
  }
  for (const { class_name: className, config } of layers) {
    const previous = saved.at(-1);
    saved.push({ name: config.name, className, config, inbound: previous === undefined ? [] : [previous.name] });
  }
  return { layers: saved, output: saved[saved.length - 1].name };
}

function functional(
  layers: readonly Layer[],
  inputs: unknown,
  outputs: unknown,
): Pick<SavedModel, "layers" | "output"> {
  one(inputs, "inputs");
  const saved = new Map(
    layers.map((entry) => {
      const { class_name: className, config } = entry;
      const name = entry.name ?? config.name;
      return [name, { name, className, config, inbound: inboundOf(name, entry.inbound_nodes) }];
    }),
  );
  return { layers: topological(saved), output: one(outputs, "outputs") };
}

/** The one layer of `input_layers` or `output_layers`, which are one reference or a list of references. */
function one(value: unknown, what: string): string {
  const single = reference.safeParse(value);
  if (single.success) return single.data[0];
  const list = z.array(reference).safeParse(value);
  if (list.success && list.data.length === 1) return list.data[0][0];
  throw new ModelError(
    undefined,
    `does not have exactly one of ${what}`,
    `Give it one tensor of ${what}; concatenate several into one.`,
  );
}

function inboundOf(name: string, nodes: unknown): string[] {
  const parsed = z.array(z.array(reference)).safeParse(nodes);
  if (!parsed.success)
    throw new ModelError(
      name,
      "is connected in a form that is not understood",
      "Save the model again with TensorFlow.js 4.",
    );
  if (parsed.data.length > 1) {
    throw new ModelError(name, "is used more than once", "Give each use a layer of its own with the same weights.");
  }
  return (parsed.data[0] ?? []).map(([from]) => from);
}

function topological(layers: ReadonlyMap<string, SavedLayer>): SavedLayer[] {
  const ordered: SavedLayer[] = [];
  const placed = new Set<string>();
  const waiting = new Set(layers.keys());
  while (waiting.size > 0) {
    const ready = [...waiting].filter((name) => layers.get(name)!.inbound.every((from) => placed.has(from)));
    if (ready.length === 0) {
      const [name] = waiting;
      throw new ModelError(
        name,
        "depends on itself or on a layer that is not there",
        "Save the whole model, not a part of it.",
      );
    }
    for (const name of ready) {
      ordered.push(layers.get(name)!);
      placed.add(name);
      waiting.delete(name);
    }
  }
  return ordered;
}
