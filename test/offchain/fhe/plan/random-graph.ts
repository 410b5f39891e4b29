/** Small graphs with random weights, built without TensorFlow.js. */
import type { Graph, Operation, Shape, Window } from "../../../../offchain/fhe/graph/graph.ts";
import { makeGraph, type NodeSpec } from "../../../../offchain/fhe/graph/make-graph.ts";
import { randomNumbers } from "../graph/tfjs-models.ts";

/** Writes a chain of operations with weights in ±1, scaled down by the square root of what they sum over. */
export class GraphWriter {
  readonly #specs: NodeSpec[] = [];
  readonly #random: () => number;

  constructor(input: Shape, seed: number) {
    this.#random = randomNumbers(seed);
    this.#specs.push({ name: "input", operation: { op: "input", shape: input }, inputs: [] });
  }

  /** Index of the last node. */
  get last(): number {
    return this.#specs.length - 1;
  }

  /** Applies an operation to a node, the last one unless given. */
  then(name: string, operation: Operation, ...inputs: number[]): this {
    this.#specs.push({ name, operation, inputs: inputs.length === 0 ? [this.last] : inputs });
    return this;
  }

  dense(name: string, inputs: number, units: number, from = this.last): this {
    const kernel = this.weights(inputs * units, inputs);
    return this.then(name, { op: "dense", units, kernel, bias: this.weights(units, 4) }, from);
  }

  conv2d(name: string, channels: number, filters: number, window: Window, from = this.last): this {
    const taps = window.size[0] * window.size[1] * channels;
    const kernel = this.weights(taps * filters, taps);
    return this.then(name, { op: "conv2d", window, filters, kernel, bias: this.weights(filters, 4) }, from);
  }

  weights(count: number, summed: number): Float64Array {
    return Float64Array.from({ length: count }, () => (2 * this.#random() - 1) / Math.sqrt(summed));
  }

  graph(name = "random"): Graph {
    return makeGraph(name, this.#specs);
  }
}

/** A window without padding. */
export function plainWindow(size: number, stride: number): Window {
  return paddedWindow(size, stride, 0);
}

/** A window with as much padding on every side. */
export function paddedWindow(size: number, stride: number, pad: number): Window {
  return {
    size: [size, size],
    strides: [stride, stride],
    dilation: [1, 1],
    padding: [
      [pad, pad],
      [pad, pad],
    ],
  };
}

/** Samples of numbers in [min, max], one after the other. */
export function randomSamples(count: number, size: number, seed: number, [min, max] = [-1, 1]): Float64Array {
  const random = randomNumbers(seed);
  return Float64Array.from({ length: count * size }, () => min + (max - min) * random());
}
