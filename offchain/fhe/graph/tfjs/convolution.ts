import { z } from "zod";
import { channelsLast, inputOfRank, pair, settings, single, type LayerImporter } from "./layer.ts";
import { windowOver } from "./window.ts";

const common = {
  padding: z.enum(["valid", "same"]),
  data_format: channelsLast,
  use_bias: z.boolean(),
  activation: z.string(),
};
const conv2d = z.object({
  ...common,
  filters: z.int().positive(),
  kernel_size: pair,
  strides: pair,
  dilation_rate: pair,
});
const conv1d = z.object({
  ...common,
  filters: z.int().positive(),
  kernel_size: single,
  strides: single,
  dilation_rate: single,
});
// TensorFlow.js ignores the dilation of this layer, so any but 1 would not mean what it says.
const noDilation = z.union([z.literal(1), z.tuple([z.literal(1), z.literal(1)])]);
const depthwise = z.object({
  ...common,
  depth_multiplier: z.int().positive(),
  kernel_size: pair,
  strides: pair,
  dilation_rate: noDilation.nullish(),
});

/** `Conv2D`. */
export const importConv2d: LayerImporter = (layer) => {
  const { filters, kernel_size, strides, dilation_rate, padding, use_bias, activation } = settings(layer, conv2d);
  const image = inputOfRank(layer, 3);
  const kernel = layer.weight("kernel", [...kernel_size, image[2], filters]);
  const bias = use_bias ? layer.weight("bias", [filters]) : null;
  const window = windowOver(layer.name, image, { size: kernel_size, strides, dilation: dilation_rate, padding });
  return { operations: [{ op: "conv2d", window, filters, kernel, bias }], activation };
};

/** `Conv1D`: a convolution over an image of height 1. */
export const importConv1d: LayerImporter = (layer) => {
  const { filters, kernel_size, strides, dilation_rate, padding, use_bias, activation } = settings(layer, conv1d);
  const [length, channels] = inputOfRank(layer, 2);
  const image = [1, length, channels];
  const kernel = layer.weight("kernel", [kernel_size, channels, filters]);
  const bias = use_bias ? layer.weight("bias", [filters]) : null;
  const window = windowOver(layer.name, image, {
    size: [1, kernel_size],
    strides: [1, strides],
    dilation: [1, dilation_rate],
    padding,
  });
  const positions =
    Math.floor(
      (length + window.padding[1][0] + window.padding[1][1] - (kernel_size - 1) * dilation_rate - 1) / strides,
    ) + 1;
  return {
    operations: [
      { op: "reshape", shape: image },
      { op: "conv2d", window, filters, kernel, bias },
      { op: "reshape", shape: [positions, filters] },
    ],
    activation,
  };
};

/** `DepthwiseConv2D`. */
export const importDepthwiseConv2d: LayerImporter = (layer) => {
  const {
    depth_multiplier: multiplier,
    kernel_size,
    strides,
    padding,
    use_bias,
    activation,
  } = settings(layer, depthwise);
  const image = inputOfRank(layer, 3);
  const kernel = layer.weight("depthwise_kernel", [...kernel_size, image[2], multiplier]);
  const bias = use_bias ? layer.weight("bias", [image[2] * multiplier]) : null;
  const window = windowOver(layer.name, image, { size: kernel_size, strides, dilation: [1, 1], padding });
  return { operations: [{ op: "depthwiseConv2d", window, multiplier, kernel, bias }], activation };
};
