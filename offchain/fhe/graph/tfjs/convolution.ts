import * as z from "zod";
import { ModelError } from "../errors.ts";
import { channelsLast, inputOfRank, pair, settings, single, type LayerContext, type LayerImporter } from "./layer.ts";
import { windowOver } from "./window.ts";

const common = {
  padding: z.enum(["valid", "same"]),
  data_format: channelsLast,
  use_bias: z.boolean(),
  activation: z.string(),
};
/** Keras saves it, TensorFlow.js has only 1 of them. */
const groups = z.int().positive().nullish();
const conv2d = z.object({
  ...common,
  filters: z.int().positive(),
  kernel_size: pair,
  strides: pair,
  dilation_rate: pair,
  groups,
});
const conv1d = z.object({
  ...common,
  filters: z.int().positive(),
  kernel_size: single,
  strides: single,
  dilation_rate: single,
  groups,
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
const separable = z.object({
  ...common,
  filters: z.int().positive(),
  depth_multiplier: z.int().positive().nullish(),
  kernel_size: pair,
  strides: pair,
  dilation_rate: pair.nullish(),
});

/** `Conv2D`. */
export const importConv2d: LayerImporter = (layer) => {
  const { filters, kernel_size, strides, dilation_rate, padding, use_bias, activation, groups } = settings(
    layer,
    conv2d,
  );
  const image = inputOfRank(layer, 3);
  const kernel = groupedKernel(layer, kernel_size, { channels: image[2], filters, groups: groups ?? 1 });
  const bias = use_bias ? layer.weight("bias", [filters]) : null;
  const window = windowOver(layer.name, image, { size: kernel_size, strides, dilation: dilation_rate, padding });
  return { operations: [{ op: "conv2d", window, filters, kernel, bias }], activation };
};

/** `Conv1D`: a convolution over an image of height 1. */
export const importConv1d: LayerImporter = (layer) => {
  const { filters, kernel_size, strides, dilation_rate, padding, use_bias, activation, groups } = settings(
    layer,
    conv1d,
  );
  const [length, channels] = inputOfRank(layer, 2);
  const image = [1, length, channels];
  const kernel = groupedKernel(layer, [kernel_size], { channels, filters, groups: groups ?? 1 });
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

/** `SeparableConv2D`: a depthwise convolution, then one of size 1. TensorFlow.js saves no depth multiplier, Keras does. */
export const importSeparableConv2d: LayerImporter = (layer) => {
  const { filters, depth_multiplier, kernel_size, strides, dilation_rate, padding, use_bias, activation } = settings(
    layer,
    separable,
  );
  const image = inputOfRank(layer, 3);
  const multiplier = depth_multiplier ?? layer.weightShape("depthwise_kernel").at(-1) ?? 1;
  const depthwiseKernel = layer.weight("depthwise_kernel", [...kernel_size, image[2], multiplier]);
  const pointwiseKernel = layer.weight("pointwise_kernel", [1, 1, image[2] * multiplier, filters]);
  const bias = use_bias ? layer.weight("bias", [filters]) : null;
  const dilation = dilation_rate ?? [1, 1];
  const window = windowOver(layer.name, image, { size: kernel_size, strides, dilation, padding });
  return {
    operations: [
      { op: "depthwiseConv2d", window, multiplier, kernel: depthwiseKernel, bias: null },
      { op: "dense", units: filters, kernel: pointwiseKernel, bias },
    ],
    activation,
  };
};

interface Grouping {
  readonly channels: number;
  readonly filters: number;
  readonly groups: number;
}

/**
 * The kernel of a convolution in groups, written out: filters of a group look at the channels of that group alone.
 *
 * @param size of the kernel, one number an axis
 * @returns [...size, channels, filters], zero where filter and channel are in different groups
 */
function groupedKernel(
  layer: LayerContext,
  size: readonly number[],
  { channels, filters, groups }: Grouping,
): Float64Array {
  if (channels % groups !== 0 || filters % groups !== 0) {
    throw new ModelError(
      layer.name,
      `(${layer.className}) divides ${channels} channels and ${filters} filters into ${groups} groups`,
      "Use a number of groups that divides both.",
    );
  }
  const inGroup = channels / groups;
  const kernel = layer.weight("kernel", [...size, inGroup, filters]);
  if (groups === 1) return kernel;
  const taps = size.reduce((product, axis) => product * axis, 1);
  const full = new Float64Array(taps * channels * filters);
  for (let tap = 0; tap < taps; tap++) {
    for (let filter = 0; filter < filters; filter++) {
      const first = Math.floor(filter / (filters / groups)) * inGroup;
      for (let c = 0; c < inGroup; c++)
        full[(tap * channels + first + c) * filters + filter] = kernel[(tap * inGroup + c) * filters + filter];
    }
  }
  return full;
}
