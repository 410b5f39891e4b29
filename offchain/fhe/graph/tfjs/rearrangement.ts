/** Layers that only move, join or add elements. */
import * as z from "zod";
import { elementCount } from "../graph.ts";
import { channelsLast, inputOfRank, onlyInput, settings, type LayerImporter } from "./layer.ts";

const dimension = z.union([z.int(), z.null()]);
const reshape = z.object({ target_shape: z.array(dimension).min(1) });
const permute = z.object({ dims: z.array(z.int().positive()).min(1) });
const count = z.int().nonnegative();
const zeroPadding = z.object({
  padding: z.tuple([z.tuple([count, count]).readonly(), z.tuple([count, count]).readonly()]).readonly(),
  data_format: channelsLast,
});
const concatenate = z.object({ axis: z.int() });

/** `Flatten`. */
export const importFlatten: LayerImporter = (layer) => {
  settings(layer, z.object({ data_format: channelsLast }));
  return { operations: [{ op: "reshape", shape: [elementCount(onlyInput(layer))] }] };
};

/** `Reshape`: one axis may be left open, as null or −1. */
export const importReshape: LayerImporter = (layer) => {
  const { target_shape } = settings(layer, reshape);
  const known = target_shape.reduce<number>(
    (product, size) => (size === null || size < 0 ? product : product * size),
    1,
  );
  const open = elementCount(onlyInput(layer)) / known;
  return {
    operations: [{ op: "reshape", shape: target_shape.map((size) => (size === null || size < 0 ? open : size)) }],
  };
};

/** `Permute`: dims count from 1, the batch being 0. */
export const importPermute: LayerImporter = (layer) => {
  const { dims } = settings(layer, permute);
  onlyInput(layer);
  return { operations: [{ op: "permute", order: dims.map((dim) => dim - 1) }] };
};

/** `ZeroPadding2D`. */
export const importZeroPadding2d: LayerImporter = (layer) => {
  const { padding } = settings(layer, zeroPadding);
  inputOfRank(layer, 3);
  return { operations: [{ op: "zeroPad", padding }] };
};

/** `Add`. */
export const importAdd: LayerImporter = () => ({ operations: [{ op: "add" }] });

/** `Concatenate`: the axis counts the batch, or counts from the end. */
export const importConcatenate: LayerImporter = (layer) => {
  const { axis } = settings(layer, concatenate);
  return { operations: [{ op: "concatenate", axis: axis < 0 ? layer.inputs[0].length + axis : axis - 1 }] };
};

/** Layers that do nothing at inference: `Dropout` and its kind. */
export const importNothing: LayerImporter = (layer) => {
  onlyInput(layer);
  return { operations: [] };
};
