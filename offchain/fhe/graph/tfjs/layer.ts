/** What an importer of one layer class is given and gives. */
import * as z from "zod";
import { ModelError } from "../errors.ts";
import type { MergeOperation, Operation, Shape } from "../graph.ts";

/** A layer about to be imported. */
export interface LayerContext {
  readonly name: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Shapes of what it is applied to; at least one. */
  readonly inputs: readonly Shape[];
  /** One of its weights, checked to have the given shape. */
  readonly weight: (weight: string, shape: Shape) => Float64Array;
  /** The shape one of its weights was saved with. */
  readonly weightShape: (weight: string) => Shape;
}

/** A layer as operations: applied one after the other, then the activation it names. */
export interface ImportedLayer {
  /** The first may merge several inputs; empty when the layer does nothing at inference. */
  readonly operations: readonly (Exclude<Operation, { readonly op: "input" }> | MergeOperation)[];
  /** Name of a TensorFlow.js activation. */
  readonly activation?: string;
}

/** Imports layers of one class. */
export type LayerImporter = (layer: LayerContext) => ImportedLayer;

/**
 * Reads the settings of a layer that matter here.
 *
 * @param schema of those settings; others are ignored
 * @throws ModelError naming the layer and the setting
 */
export function settings<T>(layer: Pick<LayerContext, "name" | "className" | "config">, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(layer.config);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const said = `(${layer.className}) has a setting that is not supported: ${issue.path.join(".") || "config"} — ${issue.message}`;
  throw new ModelError(layer.name, said, "Use one of the settings that docs/plan.md lists for this class of layer.");
}

/** The layer's one input. */
export function onlyInput(layer: LayerContext): Shape {
  if (layer.inputs.length !== 1) {
    throw new ModelError(
      layer.name,
      `(${layer.className}) is applied to ${layer.inputs.length} tensors`,
      "Apply it to one tensor.",
    );
  }
  return layer.inputs[0];
}

/**
 * The layer's one input, of a given rank.
 *
 * @param axes number of axes without the batch
 */
export function inputOfRank(layer: LayerContext, axes: number): Shape {
  const shape = onlyInput(layer);
  if (shape.length !== axes) {
    throw new ModelError(
      layer.name,
      `(${layer.className}) is applied to a tensor of ${shape.length} axes and needs ${axes}`,
      "Reshape its input.",
    );
  }
  return shape;
}

const positive = z.int().positive();

/** One size for both axes, or one for each. */
export const pair = z.union([
  positive.transform((value): readonly [number, number] => [value, value]),
  z.tuple([positive, positive]).readonly(),
]);

/** One size, or a list of it. */
export const single = z.union([positive, z.tuple([positive]).transform(([value]) => value)]);

/** Axes in the order height, width, channels. */
export const channelsLast = z.enum(["channels_last", "channelsLast"]).nullish();
