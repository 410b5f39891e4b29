import * as z from "zod";
import type { Window } from "../graph.ts";
import { channelsLast, inputOfRank, pair, settings, single, type LayerImporter } from "./layer.ts";
import { windowOver } from "./window.ts";

const padding = z.enum(["valid", "same"]);
const pool2d = z.object({ pool_size: pair, strides: pair.nullish(), padding, data_format: channelsLast });
const pool1d = z.object({ pool_size: single, strides: single.nullish(), padding });
// Keras can keep the pooled axes as ones.
const keepdims = z.literal(false).nullish();
const global = z.object({ data_format: channelsLast, keepdims });

/** `AveragePooling2D`. */
export const importAveragePool2d: LayerImporter = (layer) => {
  const { pool_size: size, strides, padding } = settings(layer, pool2d);
  const window = windowOver(layer.name, inputOfRank(layer, 3), {
    size,
    strides: strides ?? size,
    dilation: [1, 1],
    padding,
  });
  return { operations: [{ op: "averagePool", window }] };
};

/** `AveragePooling1D`: over an image of height 1. */
export const importAveragePool1d: LayerImporter = (layer) => {
  const { pool_size, strides, padding } = settings(layer, pool1d);
  const [length, channels] = inputOfRank(layer, 2);
  const image = [1, length, channels];
  const stride = strides ?? pool_size;
  const window = windowOver(layer.name, image, {
    size: [1, pool_size],
    strides: [1, stride],
    dilation: [1, 1],
    padding,
  });
  const positions = Math.floor((length + window.padding[1][0] + window.padding[1][1] - pool_size) / stride) + 1;
  return {
    operations: [
      { op: "reshape", shape: image },
      { op: "averagePool", window },
      { op: "reshape", shape: [positions, channels] },
    ],
  };
};

/** `GlobalAveragePooling2D`: one window, the whole image. */
export const importGlobalAveragePool2d: LayerImporter = (layer) => {
  settings(layer, global);
  const [height, width, channels] = inputOfRank(layer, 3);
  return {
    operations: [
      { op: "averagePool", window: whole(height, width) },
      { op: "reshape", shape: [channels] },
    ],
  };
};

/** `GlobalAveragePooling1D`. */
export const importGlobalAveragePool1d: LayerImporter = (layer) => {
  settings(layer, global);
  const [length, channels] = inputOfRank(layer, 2);
  return {
    operations: [
      { op: "reshape", shape: [1, length, channels] },
      { op: "averagePool", window: whole(1, length) },
      { op: "reshape", shape: [channels] },
    ],
  };
};

function whole(height: number, width: number): Window {
  const none = [0, 0] as const;
  return { size: [height, width], strides: [height, width], dilation: [1, 1], padding: [none, none] };
}
