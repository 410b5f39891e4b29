/**
 * A TensorFlow.js model with its activations replaced by the polynomials fitted to them, as `Quadratic` layers whose coefficients are weights. Trained for a few more epochs, such a model
 * gets used to its polynomials and wins back most of what the fit lost; afterwards nothing is left to fit.
 */
import * as z from "zod";
import { ModelError } from "../../graph/errors.ts";
import type { ActivationFit } from "./fit-graph.ts";

/** A model as its files hold it. */
export interface ModelFiles {
  /** The parsed `model.json`. */
  readonly modelJson: unknown;
  /** All weight files of its manifest, joined. */
  readonly weights: Uint8Array;
}

/** Layers that are nothing but an activation. */
const ACTIVATION_CLASSES = new Set(["Activation", "ReLU", "LeakyReLU", "ELU"]);

const layer = z.looseObject({
  class_name: z.string(),
  config: z.looseObject({ name: z.string() }),
  name: z.string().optional(),
  inbound_nodes: z.unknown().optional(),
});
const topology = z.looseObject({
  config: z.union([z.looseObject({ layers: z.array(layer) }), z.array(layer)]),
});
const file = z.looseObject({
  modelTopology: z.union([z.looseObject({ model_config: topology }), topology]),
  weightsManifest: z.array(z.looseObject({ paths: z.array(z.string()), weights: z.array(z.unknown()) })),
});

type Layer = z.infer<typeof layer>;

/**
 * Writes the fitted polynomials into a model.
 *
 * @param files of the model the activations were fitted in
 * @param activations of `fitGraph`, all of them
 * @returns the files of the new model; its manifest names one weight file, `weights.bin`. Register `Quadratic` (offchain/fhe/graph/quadratic-layer.ts) before loading it
 * @throws ModelError when an activation's layer is not in the model
 */
export function quadraticModel({ modelJson, weights }: ModelFiles, activations: readonly ActivationFit[]): ModelFiles {
  const model = file.parse(modelJson);
  const inner = topology.parse(
    "model_config" in model.modelTopology ? model.modelTopology.model_config : model.modelTopology,
  );
  const before = Array.isArray(inner.config) ? inner.config : inner.config.layers;
  for (const { layer: name } of activations) {
    if (!before.some((candidate) => nameOf(candidate) === name))
      throw new ModelError(
        name,
        "was fitted and is not in the model",
        "Give the files that the graph was imported from.",
      );
  }
  const rewriter = new Rewriter(activations);
  const layers = before.flatMap((entry) => rewriter.rewrite(entry));
  const config = Array.isArray(inner.config)
    ? layers
    : rewriter.renamed({ ...inner.config, layers }, ["output_layers"]);
  const changed = { ...inner, config };
  const listed = model.weightsManifest.flatMap((group) => group.weights);
  return {
    modelJson: {
      ...model,
      modelTopology:
        "model_config" in model.modelTopology ? { ...model.modelTopology, model_config: changed } : changed,
      weightsManifest: [{ paths: ["weights.bin"], weights: [...listed, ...rewriter.specs] }],
    },
    weights: joined([weights, ...rewriter.values.map(littleEndian)]),
  };
}

interface WeightSpec {
  readonly name: string;
  readonly shape: readonly [number];
  readonly dtype: "float32";
}

class Rewriter {
  readonly specs: WeightSpec[] = [];
  readonly values: Float64Array[] = [];
  readonly #fits: ReadonlyMap<string, ActivationFit>;
  /** Where a layer's result is now, by its name. */
  readonly #moved = new Map<string, string>();

  constructor(activations: readonly ActivationFit[]) {
    this.#fits = new Map(activations.map((fit) => [fit.layer, fit]));
  }

  /** A layer, followed by the quadratics that take its activation's place; an activation layer by them alone. */
  rewrite(entry: Layer): Layer[] {
    const name = nameOf(entry);
    const fit = this.#fits.get(name);
    const current = this.renamed(entry, ["inbound_nodes"]);
    if (fit === undefined) return [current];
    const alone = ACTIVATION_CLASSES.has(entry.class_name);
    const made: Layer[] = alone ? [] : [{ ...current, config: { ...current.config, activation: "linear" } }];
    let from = current.inbound_nodes;
    if (!alone) from = inboundFrom(current, name);
    fit.steps.forEach((step, index) => {
      const own = fit.steps.length === 1 ? `${name}_quadratic` : `${name}_quadratic_${index + 1}`;
      const shape = alone ? entry.config["batch_input_shape"] : undefined;
      made.push({
        class_name: "Quadratic",
        config: {
          name: own,
          trainable: true,
          ...(shape !== undefined && index === 0 && { batch_input_shape: shape, dtype: "float32" }),
        },
        ...(current.inbound_nodes !== undefined && { name: own, inbound_nodes: from }),
      });
      this.#addWeights(own, step, fit);
      from = inboundFrom(current, own);
      this.#moved.set(name, own);
    });
    return made;
  }

  /** The same with references to layers that moved changed, in some fields. */
  renamed<T extends Readonly<Record<string, unknown>>>(value: T, fields: readonly string[]): T {
    const changed: Record<string, unknown> = { ...value };
    for (const field of fields) if (field in value) changed[field] = this.#follow(value[field]);
    return changed as T;
  }

  /** References are [layer, node, tensor, …], in lists of any depth. */
  #follow(value: unknown): unknown {
    if (!Array.isArray(value)) return value;
    const [first, ...rest] = value as unknown[];
    if (typeof first === "string" && typeof rest[0] === "number") return [this.#moved.get(first) ?? first, ...rest];
    return value.map((item) => this.#follow(item));
  }

  #addWeights(name: string, step: readonly Float64Array[], { channels }: ActivationFit): void {
    const of = (power: number): Float64Array =>
      Float64Array.from({ length: channels }, (_, c) =>
        power < step.length ? step[power][c % step[power].length] : 0,
      );
    for (const [weight, power] of [
      ["square", 2],
      ["linear", 1],
      ["constant", 0],
    ] as const) {
      this.specs.push({ name: `${name}/${weight}`, shape: [channels], dtype: "float32" });
      this.values.push(of(power));
    }
  }
}

function nameOf(entry: Layer): string {
  return entry.name ?? entry.config.name;
}

function inboundFrom(entry: Layer, name: string): unknown {
  return entry.inbound_nodes === undefined ? undefined : [[[name, 0, 0, {}]]];
}

function littleEndian(values: Float64Array): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, k) => {
    view.setFloat32(4 * k, value, true);
  });
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
