import { initializers, layers, sequential } from "@tensorflow/tfjs-layers";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { Square } from "../../offchain/fhe/graph/square-layer.ts";
import { CLASSES, IMAGE_SIDE } from "../digits/data.ts";
import { windowsAlong } from "../digits/windows.ts";
import { Gather, pooledWindows } from "../training/gather-layer.ts";

/** The first convolution: kernels of 5×5, two pixels apart. */
export const FIRST_WINDOWS = { side: 5, stride: 2 } as const;
/** 12 windows along each side. */
export const FIRST_ALONG = windowsAlong(FIRST_WINDOWS);
export const FIRST_FILTERS = 8;
const SECOND_FILTERS = 16;
const SECOND_SIDE = 3;
/** Side of both average pools. */
const POOL = 2;
const HIDDEN = 64;

type Initializer = ReturnType<typeof initializers.glorotUniform>;

function kernelOf(seed: number, layer: number): Initializer {
  return initializers.glorotUniform({ seed: seed + layer });
}

/** What follows the second convolution: pooled, then two dense layers. */
function tail(seed: number, pool: layers.Layer): layers.Layer[] {
  return [
    new Square({ name: "conv2_square" }),
    pool,
    layers.flatten({ name: "flatten" }),
    layers.dense({ name: "dense", units: HIDDEN, kernelInitializer: kernelOf(seed, 2) }),
    new Square({ name: "dense_square" }),
    layers.dense({ name: "logits", units: CLASSES, kernelInitializer: kernelOf(seed, 3) }),
  ];
}

/**
 * The network as it is published: images [batch, 28, 28, 1] to logits [batch, 10].
 *
 * @param seed fixes the initial weights
 */
export function buildLenet(seed: number): LayersModel {
  const stack = [
    layers.conv2d({
      name: "conv1",
      inputShape: [IMAGE_SIDE, IMAGE_SIDE, 1],
      filters: FIRST_FILTERS,
      kernelSize: FIRST_WINDOWS.side,
      strides: FIRST_WINDOWS.stride,
      kernelInitializer: kernelOf(seed, 0),
    }),
    new Square({ name: "conv1_square" }),
    layers.averagePooling2d({ name: "pool1", poolSize: POOL }),
    layers.conv2d({
      name: "conv2",
      filters: SECOND_FILTERS,
      kernelSize: SECOND_SIDE,
      kernelInitializer: kernelOf(seed, 1),
    }),
    ...tail(seed, layers.averagePooling2d({ name: "pool2", poolSize: POOL })),
  ];
  return sequential({ name: "lenet", layers: stack });
}

/**
 * The same network over windows laid out beforehand, [batch, 144, 25], its convolutions as dense layers over windows. Weights carry over by a reshape of
 * their kernels.
 *
 * @param seed fixes the initial weights
 */
export function buildWindowedLenet(seed: number): LayersModel {
  const first = [FIRST_ALONG, FIRST_ALONG, FIRST_FILTERS] as const;
  const along = Math.floor(FIRST_ALONG / POOL) - SECOND_SIDE + 1;
  const stack = [
    layers.dense({
      name: "conv1",
      inputShape: [FIRST_ALONG ** 2, FIRST_WINDOWS.side ** 2],
      units: FIRST_FILTERS,
      kernelInitializer: kernelOf(seed, 0),
    }),
    new Square({ name: "conv1_square" }),
    new Gather(pooledWindows(first, POOL, SECOND_SIDE), "pool1"),
    layers.dense({ name: "conv2", units: SECOND_FILTERS, kernelInitializer: kernelOf(seed, 1) }),
    ...tail(seed, new Gather(pooledWindows([along, along, SECOND_FILTERS], POOL, 1), "pool2")),
  ];
  return sequential({ name: "lenet_windowed", layers: stack });
}
