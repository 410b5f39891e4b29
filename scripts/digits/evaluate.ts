import * as tf from "@tensorflow/tfjs-core";
import { model as layersModel } from "@tensorflow/tfjs-layers";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { CLASSES, IMAGE_PIXELS, IMAGE_SIDE } from "./data.ts";
import type { Digits } from "./data.ts";

/** Smallest and largest value a layer puts out over some digits. */
export interface LayerRange {
  readonly layer: string;
  readonly className: string;
  readonly min: number;
  readonly max: number;
  /** max(|min|, |max|) */
  readonly maxAbs: number;
}

/** How well the model does on some digits, all together and class by class. */
export interface Score {
  readonly n: number;
  readonly correct: number;
  /** correct / n, 0 … 1 */
  readonly accuracy: number;
  readonly perClass: readonly { readonly label: string; readonly n: number; readonly correct: number }[];
}

/** Runs `use` on the images in blocks, as tensors [block, 28, 28, 1] that live for that call only. */
function overBlocks(images: Float32Array, use: (block: tf.Tensor4D, first: number) => void): void {
  const n = images.length / IMAGE_PIXELS;
  const size = 250;
  for (let first = 0; first < n; first += size) {
    const count = Math.min(size, n - first);
    const data = images.slice(first * IMAGE_PIXELS, (first + count) * IMAGE_PIXELS);
    tf.tidy(() => {
      use(tf.tensor4d(data, [count, IMAGE_SIDE, IMAGE_SIDE, 1]), first);
    });
  }
}

/**
 * What the network puts out in the clear: the reference that decrypted results are compared with.
 *
 * @param model the published digits network
 * @param images n × 784 pixels in [0, 1], row-major
 * @returns n × 10 logits, row by row
 */
export function predict(model: LayersModel, images: Float32Array): Float32Array {
  const logits = new Float32Array((images.length / IMAGE_PIXELS) * CLASSES);
  overBlocks(images, (block, first) => {
    logits.set((model.predict(block) as tf.Tensor).dataSync(), first * CLASSES);
  });
  return logits;
}

/**
 * The class with the highest logit, for every row.
 *
 * @param logits n × 10, row by row
 */
export function winners(logits: Float32Array): Uint8Array {
  return Uint8Array.from({ length: logits.length / CLASSES }, (_, row) => {
    const scores = logits.subarray(row * CLASSES, (row + 1) * CLASSES);
    return scores.indexOf(Math.max(...scores));
  });
}

/**
 * Classifies some digits and counts.
 *
 * @param model the published digits network
 * @param digits images with labels
 */
export function scoreOf(model: LayersModel, digits: Digits): Score {
  const guesses = winners(predict(model, digits.images));
  const perClass = Array.from({ length: CLASSES }, (_, label) => ({ label: String(label), n: 0, correct: 0 }));
  for (const [i, label] of digits.labels.entries()) {
    perClass[label].n++;
    if (guesses[i] === label) perClass[label].correct++;
  }
  const correct = perClass.reduce((sum, part) => sum + part.correct, 0);
  return { n: digits.n, correct, accuracy: correct / digits.n, perClass };
}

/**
 * The range of every layer's output over some digits, in the order of the layers; what CKKS scales and bounds are
 * chosen from.
 *
 * @param model the published digits network
 * @param images n × 784 pixels in [0, 1], row-major
 */
export function layerRanges(model: LayersModel, images: Float32Array): LayerRange[] {
  // The probe shares the model's layers and owns no weights, so disposing of it would take them from the model.
  const probe = layersModel({ inputs: model.inputs, outputs: model.layers.flatMap((layer) => layer.output) });
  const ranges = model.layers.map(() => ({ min: Infinity, max: -Infinity }));
  overBlocks(images, (block) => {
    for (const [i, output] of (probe.predict(block) as tf.Tensor[]).entries()) {
      ranges[i].min = Math.min(ranges[i].min, tf.min(output).dataSync()[0]);
      ranges[i].max = Math.max(ranges[i].max, tf.max(output).dataSync()[0]);
    }
  });
  return model.layers.map((layer, i) => ({
    layer: layer.name,
    className: layer.getClassName(),
    ...ranges[i],
    maxAbs: Math.max(Math.abs(ranges[i].min), Math.abs(ranges[i].max)),
  }));
}
