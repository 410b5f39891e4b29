import { initializers, layers, sequential } from "@tensorflow/tfjs-layers";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { Square } from "../../offchain/fhe/graph/square-layer.ts";
import { CLASSES, IMAGE_SIDE } from "./data.ts";
import { layOutWindows } from "./windows.ts";

/** The sizes of the network: conv 4 kernels 7×7 stride 3 → square → dense 64 → square → dense 10. */
export const NETWORK = { filters: 4, kernelSide: 7, stride: 3, hidden: 64 } as const;

/** Windows along one side of the image: 8. */
export const WINDOWS_SIDE = (IMAGE_SIDE - NETWORK.kernelSide) / NETWORK.stride + 1;
/** Windows in an image: 64. */
export const WINDOWS = WINDOWS_SIDE * WINDOWS_SIDE;
/** Pixels in a window: 49. */
export const WINDOW_PIXELS = NETWORK.kernelSide * NETWORK.kernelSide;

/** What follows the convolution, the same for training and for publishing. */
function head(seed: number): layers.Layer[] {
  const kernel = (offset: number): ReturnType<typeof initializers.glorotUniform> =>
    initializers.glorotUniform({ seed: seed + offset });
  return [
    new Square({ name: "conv_square" }),
    layers.flatten({ name: "flatten" }),
    layers.dense({ name: "dense", units: NETWORK.hidden, kernelInitializer: kernel(1) }),
    new Square({ name: "dense_square" }),
    layers.dense({ name: "logits", units: CLASSES, kernelInitializer: kernel(2) }),
  ];
}

/**
 * The network as it is published: images [batch, 28, 28, 1] to logits [batch, 10]. 17,298 weights.
 *
 * @param seed fixes the initial weights
 */
export function buildNetwork(seed: number): LayersModel {
  const convolution = layers.conv2d({
    name: "conv",
    inputShape: [IMAGE_SIDE, IMAGE_SIDE, 1],
    filters: NETWORK.filters,
    kernelSize: NETWORK.kernelSide,
    strides: NETWORK.stride,
    padding: "valid",
    kernelInitializer: initializers.glorotUniform({ seed }),
  });
  return sequential({ name: "digits", layers: [convolution, ...head(seed)] });
}

/**
 * The same network over windows laid out beforehand, [batch, 64, 49]: the convolution is then a dense layer, whose
 * gradient the JavaScript backend computes ten times faster. Weights carry over by a reshape of the first kernel.
 *
 * @param seed fixes the initial weights
 */
export function buildWindowedNetwork(seed: number): LayersModel {
  const convolution = layers.dense({
    name: "conv",
    inputShape: [WINDOWS, WINDOW_PIXELS],
    units: NETWORK.filters,
    kernelInitializer: initializers.glorotUniform({ seed }),
  });
  return sequential({ name: "digits_windowed", layers: [convolution, ...head(seed)] });
}

/**
 * Lays an image out as the windows the convolution sees.
 *
 * @param image 784 pixels, row-major
 * @param target 64 × 49 numbers, overwritten
 */
export function writeWindows(image: Float32Array, target: Float32Array): void {
  layOutWindows({ side: NETWORK.kernelSide, stride: NETWORK.stride }, image, target);
}
