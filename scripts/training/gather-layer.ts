import * as tf from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";
import type { Shape } from "@tensorflow/tfjs-layers";

/** Which elements of its input a layer averages for each element of its output. */
export interface Gathering {
  /** Sizes of the output. */
  readonly shape: readonly number[];
  /** For each output element, row-major, the same number of input elements. */
  readonly sources: Int32Array;
}

/**
 * Means over fixed elements of the input: pooling and the windows of a convolution in one step. A dense layer over windows is the convolution. It computes what the layers
 * of TensorFlow.js do and many times faster on the JavaScript backend, gradients above all. For training; what is published holds the layers themselves.
 */
export class Gather extends layers.Layer {
  static readonly className = "Gather";
  readonly #gathering: Gathering;

  constructor(gathering: Gathering, name: string) {
    super({ name });
    this.#gathering = gathering;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [batch] = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as Shape;
    return [batch, ...this.#gathering.shape];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const { shape, sources } = this.#gathering;
    const size = shape.reduce((product, axis) => product * axis, 1);
    const each = sources.length / size;
    const gather = tf.customGrad((input) => {
      const x = input as tf.Tensor;
      const [batch] = x.shape;
      const inputSize = x.size / batch;
      const from = x.dataSync();
      const to = new Float32Array(batch * size);
      for (let at = 0; at < to.length; at++) {
        const [first, offset] = [(at % size) * each, Math.floor(at / size) * inputSize];
        let sum = 0;
        for (let k = 0; k < each; k++) sum += from[offset + sources[first + k]];
        to[at] = sum / each;
      }
      const gradFunc = (outer: tf.Tensor): tf.Tensor => {
        const gradient = outer.dataSync();
        const back = new Float32Array(batch * inputSize);
        for (let at = 0; at < gradient.length; at++) {
          const [first, offset] = [(at % size) * each, Math.floor(at / size) * inputSize];
          for (let k = 0; k < each; k++) back[offset + sources[first + k]] += gradient[at] / each;
        }
        return tf.tensor(back, x.shape);
      };
      return { value: tf.tensor(to, [batch, ...shape]), gradFunc };
    });
    return gather(Array.isArray(inputs) ? inputs[0] : inputs);
  }
}

/**
 * Average pooling by `pool`, then the windows of a convolution of stride 1 without padding.
 *
 * @param image rows, columns and channels
 * @param pool side of a pool
 * @param side of a window, in pooled pixels
 */
export function pooledWindows(
  [rows, columns, channels]: readonly [number, number, number],
  pool: number,
  side: number,
): Gathering {
  const [down, across] = [rows, columns].map((size) => Math.floor(size / pool) - side + 1);
  const sources: number[] = [];
  const each = (count: number, use: (k: number) => void): void => {
    for (let k = 0; k < count; k++) use(k);
  };
  each(down, (top) => {
    each(across, (left) => {
      each(side, (dy) => {
        each(side, (dx) => {
          each(channels, (channel) => {
            each(pool, (y) => {
              each(pool, (x) => {
                const [row, column] = [(top + dy) * pool + y, (left + dx) * pool + x];
                sources.push((row * columns + column) * channels + channel);
              });
            });
          });
        });
      });
    });
  });
  return { shape: [down, across, side * side * channels], sources: Int32Array.from(sources) };
}
