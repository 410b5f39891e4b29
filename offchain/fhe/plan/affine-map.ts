/** Affine maps y = A·x + b, kept in the most structured form they have, and how operations of a graph change them. */
import { batchNormFactors, applyAffine, concatenate, windowPixels } from "../graph/operations.ts";
import { elementCount, type AffineOperation, type Shape } from "../graph/graph.ts";
import { channelMatrix } from "./channel-matrix.ts";
import { allRows, MatrixWriter, product, rowsFrom, type SparseMatrix } from "./sparse-matrix.ts";

/** y_k = x[indices[k]], or 0 where the index is −1. */
export interface GatherMap {
  readonly kind: "gather";
  readonly columns: number;
  readonly indices: Int32Array;
}

/** The same weights over many windows: y[w·channels + c] = Σ_e kernel[c·elements + e]·x[gather[w·elements + e]] + bias[c]. */
export interface WindowsMap {
  readonly kind: "windows";
  readonly columns: number;
  readonly windows: number;
  readonly elements: number;
  readonly channels: number;
  /** windows × elements; −1 is zero. */
  readonly gather: Int32Array;
  /** channels × elements. */
  readonly kernel: Float64Array;
  readonly bias: Float64Array;
}

/** y_i = Σ_j matrix_ij·x_j + bias_i. */
export interface MatrixMap extends SparseMatrix {
  readonly kind: "matrix";
  readonly bias: Float64Array;
}

export type AffineMap = GatherMap | WindowsMap | MatrixMap;

/** The map that changes nothing. */
export function identityMap(size: number): GatherMap {
  return { kind: "gather", columns: size, indices: Int32Array.from({ length: size }, (_, k) => k) };
}

/** Whether a map changes nothing. */
export function isIdentity(map: AffineMap): boolean {
  return map.kind === "gather" && map.indices.length === map.columns && map.indices.every((index, k) => index === k);
}

/** Number of elements of y. */
export function rowsOf(map: AffineMap): number {
  if (map.kind === "gather") return map.indices.length;
  return map.kind === "windows" ? map.windows * map.channels : map.rows;
}

/**
 * Writes a map down in full.
 *
 * @throws MatrixSizeError when it has more than 2^26 weights
 */
export function toMatrix(map: AffineMap): MatrixMap {
  if (map.kind === "matrix") return map;
  const rows = rowsOf(map);
  const writer = new MatrixWriter(rows, map.columns);
  if (map.kind === "gather") {
    for (const index of map.indices) {
      if (index >= 0) writer.add(index, 1);
      writer.endRow();
    }
    return { kind: "matrix", ...writer.finish(), bias: new Float64Array(rows) };
  }
  const { channels, elements, gather, kernel, bias } = map;
  for (let row = 0; row < rows; row++) {
    const [window, channel] = [Math.floor(row / channels), row % channels];
    for (let e = 0; e < elements; e++) {
      const index = gather[window * elements + e];
      // Two taps of a window may see the same element.
      if (index >= 0) writer.add(index, kernel[channel * elements + e]);
    }
    writer.endRow();
  }
  return {
    kind: "matrix",
    ...writer.finish(),
    bias: Float64Array.from({ length: rows }, (_, row) => bias[row % channels]),
  };
}

/**
 * The map followed by an operation.
 *
 * @param shape of the map's result, which the operation is applied to
 * @throws MatrixSizeError when the result has no structure and more than 2^26 weights
 */
export function followedBy(map: AffineMap, operation: AffineOperation, shape: Shape): AffineMap {
  if (operation.op === "reshape") return map;
  if (map.kind === "gather") {
    if (operation.op === "permute" || operation.op === "zeroPad") return rearranged(map, operation, shape);
    if (operation.op === "conv2d") return convolved(map, operation, shape);
    if (operation.op === "dense" && shape.length > 1) return denseRows(map, operation, shape);
  }
  if (map.kind === "windows" && map.channels === shape[shape.length - 1]) {
    if (operation.op === "batchNorm") {
      const { factor, shift } = batchNormFactors(operation);
      return channelwise(map, factor, shift);
    }
    if (operation.op === "bias") return channelwise(map, null, operation.bias);
  }
  return multiplied(map, operation, shape);
}

/** The sum of maps of the same x. */
export function sumOf(maps: readonly AffineMap[]): MatrixMap {
  const parts = maps.map(toMatrix);
  const [{ rows, columns }] = parts;
  const writer = new MatrixWriter(rows, columns);
  const bias = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    for (const part of parts) {
      writer.addRow(part, row);
      bias[row] += part.bias[row];
    }
    writer.endRow();
  }
  return { kind: "matrix", ...writer.finish(), bias };
}

/** For every element of tensors joined along an axis where it is when the tensors follow each other. */
export function joinedOrder(shapes: readonly Shape[], axis: number): Int32Array {
  let next = 0;
  const numbered = shapes.map((shape) => ({
    values: Float64Array.from({ length: elementCount(shape) }, () => next++),
    shape,
  }));
  return Int32Array.from(concatenate(axis, numbered));
}

/**
 * The results of maps of the same x, joined along an axis.
 *
 * @param shapes of the maps' results
 */
export function joined(maps: readonly AffineMap[], shapes: readonly Shape[], axis: number): MatrixMap {
  const parts = maps.map(toMatrix);
  const origin = parts.flatMap((part) => allRows(part));
  const order = joinedOrder(shapes, axis);
  const biases = parts.flatMap(({ bias }) => [...bias]);
  return {
    kind: "matrix",
    ...rowsFrom(
      parts[0].columns,
      [...order].map((row) => origin[row]),
    ),
    bias: Float64Array.from(order, (row) => biases[row]),
  };
}

function rearranged(map: GatherMap, operation: AffineOperation, shape: Shape): GatherMap {
  // Moved as numbers: 0 is what padding adds, so indices count from 1.
  const moved = applyAffine(
    operation,
    Float64Array.from(map.indices, (index) => index + 1),
    shape,
  );
  return { ...map, indices: Int32Array.from(moved, (number) => number - 1) };
}

function convolved(map: GatherMap, operation: AffineOperation & { readonly op: "conv2d" }, shape: Shape): WindowsMap {
  const [height, width, channelsIn] = shape;
  const { window, filters, kernel, bias } = operation;
  const taps = window.size[0] * window.size[1];
  const pixels = windowPixels(window, height, width);
  const gather = new Int32Array(pixels.length * channelsIn);
  pixels.forEach((pixel, at) => {
    for (let c = 0; c < channelsIn; c++)
      gather[at * channelsIn + c] = pixel < 0 ? -1 : map.indices[pixel * channelsIn + c];
  });
  return {
    kind: "windows",
    columns: map.columns,
    windows: pixels.length / taps,
    elements: taps * channelsIn,
    channels: filters,
    gather,
    kernel: transposed(kernel, taps * channelsIn, filters),
    bias: bias ?? new Float64Array(filters),
  };
}

/** A dense layer along the last axis of several: the same weights for every row. */
function denseRows(map: GatherMap, operation: AffineOperation & { readonly op: "dense" }, shape: Shape): WindowsMap {
  const { units, kernel, bias } = operation;
  const elements = shape[shape.length - 1];
  return {
    kind: "windows",
    columns: map.columns,
    windows: elementCount(shape) / elements,
    elements,
    channels: units,
    gather: map.indices,
    kernel: transposed(kernel, elements, units),
    bias: bias ?? new Float64Array(units),
  };
}

function channelwise(map: WindowsMap, factor: Float64Array | null, shift: Float64Array): WindowsMap {
  if (factor === null) return { ...map, bias: map.bias.map((value, c) => value + shift[c]) };
  return {
    ...map,
    kernel: map.kernel.map((value, k) => value * factor[Math.floor(k / map.elements)]),
    bias: map.bias.map((value, c) => value * factor[c] + shift[c]),
  };
}

/**
 * The matrix M of an operation x ↦ M·x + b.
 *
 * @param shape of the operand
 * @throws MatrixSizeError when it has more than 2^26 weights
 */
export function operationMatrix(operation: AffineOperation, shape: Shape): SparseMatrix {
  const whole = identityMap(elementCount(shape));
  switch (operation.op) {
    case "dense":
      return toMatrix(denseRows(whole, operation, shape));
    case "conv2d":
      return toMatrix(convolved(whole, operation, shape));
    case "permute":
    case "zeroPad":
      return toMatrix(rearranged(whole, operation, shape));
    case "bias":
    case "reshape":
      return toMatrix(whole);
    case "depthwiseConv2d":
    case "averagePool":
    case "batchNorm":
      return channelMatrix(operation, shape);
  }
}

/** The matrix of an operation times that of a map. */
function multiplied(map: AffineMap, operation: AffineOperation, shape: Shape): MatrixMap {
  const { bias, ...matrix } = toMatrix(map);
  return {
    kind: "matrix",
    ...product(operationMatrix(operation, shape), matrix),
    bias: applyAffine(operation, bias, shape),
  };
}

function transposed(matrix: Float64Array, rows: number, columns: number): Float64Array {
  return Float64Array.from({ length: matrix.length }, (_, k) => matrix[(k % rows) * columns + Math.floor(k / rows)]);
}
