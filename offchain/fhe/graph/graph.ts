/**
 * A model as a graph of typed operations on real tensors, independent of the framework it was trained in.
 *
 * Tensors are row-major, without the batch axis; images are height × width × channels. Nodes are in topological order and node 0 is the
 * one input.
 */

import type { Activation } from "./activation.ts";

/** Sizes of the axes, batch left out. */
export type Shape = readonly number[];

/** What is left to do in the clear after the last node. */
export type OutputActivation = "none" | "softmax" | "sigmoid";

/** How a kernel or pool moves over an image: height first, then width. */
export interface Window {
  readonly size: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** Rows and columns outside the image: [before, after] for height, then for width. */
  readonly padding: readonly [readonly [number, number], readonly [number, number]];
}

/** Operations that are affine in their one operand. */
export type AffineOperation =
  /** Along the last axis: out[u] = Σ_i kernel[i·units + u]·in[i] + bias[u]. */
  | { readonly op: "dense"; readonly units: number; readonly kernel: Float64Array; readonly bias: Float64Array | null }
  /** Kernel [height, width, channels in, filters]; outside the image are zeros. */
  | {
      readonly op: "conv2d";
      readonly window: Window;
      readonly filters: number;
      readonly kernel: Float64Array;
      readonly bias: Float64Array | null;
    }
  /** Kernel [height, width, channels in, multiplier]; output channel c·multiplier + m looks at input channel c alone. */
  | {
      readonly op: "depthwiseConv2d";
      readonly window: Window;
      readonly multiplier: number;
      readonly kernel: Float64Array;
      readonly bias: Float64Array | null;
    }
  /** Mean over the part of the window inside the image. */
  | { readonly op: "averagePool"; readonly window: Window }
  /** Along the last axis: (x − mean)/√(variance + epsilon)·gamma + beta. */
  | {
      readonly op: "batchNorm";
      readonly gamma: Float64Array | null;
      readonly beta: Float64Array | null;
      readonly mean: Float64Array;
      readonly variance: Float64Array;
      readonly epsilon: number;
    }
  /** Along the last axis. */
  | { readonly op: "bias"; readonly bias: Float64Array }
  /** Same elements in the same order; flatten is a reshape to one axis. */
  | { readonly op: "reshape"; readonly shape: Shape }
  /** Axis k of the result is axis order[k] of the operand. */
  | { readonly op: "permute"; readonly order: readonly number[] }
  /** Zeros around an image: [before, after] for height, then for width. */
  | { readonly op: "zeroPad"; readonly padding: Window["padding"] };

/** Operations on every element by itself that are not affine. */
export type ElementwiseOperation =
  | { readonly op: "square" }
  /** Σ_k coefficients[k]·x^k. */
  | { readonly op: "polynomial"; readonly coefficients: readonly number[] }
  /** A polynomial a channel, along the last axis: Σ_k coefficients[k][c]·x^k for channel c. */
  | { readonly op: "channelPolynomial"; readonly coefficients: readonly Float64Array[] }
  /** No polynomial; one takes its place before the model is compiled. */
  | { readonly op: "activation"; readonly activation: Activation };

/** Operations that bring several tensors together. */
export type MergeOperation = { readonly op: "add" } | { readonly op: "concatenate"; readonly axis: number };

export type Operation =
  | { readonly op: "input"; readonly shape: Shape }
  | AffineOperation
  | ElementwiseOperation
  | MergeOperation;

export interface Node {
  /** Name of the layer it came from; several nodes may share one. */
  readonly name: string;
  readonly operation: Operation;
  /** Indices of earlier nodes. */
  readonly inputs: readonly number[];
  /** Shape of the result. */
  readonly shape: Shape;
}

/** A validated graph; made by `makeGraph`. */
export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  /** Index of the node that is the output. */
  readonly output: number;
  readonly finish: OutputActivation;
}

/** Number of elements of a tensor. */
export function elementCount(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Whether an operation is affine in its one operand. */
export function isAffine(operation: Operation): operation is AffineOperation {
  switch (operation.op) {
    case "input":
    case "square":
    case "polynomial":
    case "channelPolynomial":
    case "activation":
    case "add":
    case "concatenate":
      return false;
    default:
      return true;
  }
}
