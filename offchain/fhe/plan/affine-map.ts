/** Affine maps y = A·x + b, kept in the most structured form they have, and how operations of a graph change them. */
import { batchNormFactors, applyAffine, concatenate, windowPixels } from "../graph/operations.ts";
import { elementCount, type AffineOperation, type Shape } from "../graph/graph.ts";

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

/** y_i = Σ_j matrix[i·columns + j]·x_j + bias_i. */
export interface MatrixMap {
  readonly kind: "matrix";
  readonly columns: number;
  readonly rows: number;
  readonly matrix: Float64Array;
  readonly bias: Float64Array;
}

export type AffineMap = GatherMap | WindowsMap | MatrixMap;

/** More weights than this in one matrix are more plaintexts than a plan may have. */
const MAX_MATRIX = 1 << 26;

/** A matrix would be too large to write down. */
export class MatrixSizeError extends Error {}

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
  const matrix = emptyMatrix(rows, map.columns);
  const bias = new Float64Array(rows);
  if (map.kind === "gather") {
    map.indices.forEach((index, k) => {
      if (index >= 0) matrix[k * map.columns + index] = 1;
    });
  } else {
    for (let row = 0; row < rows; row++) {
      const [window, channel] = [Math.floor(row / map.channels), row % map.channels];
      bias[row] = map.bias[channel];
      for (let e = 0; e < map.elements; e++) {
        const index = map.gather[window * map.elements + e];
        // Two taps of a window may see the same element.
        if (index >= 0) matrix[row * map.columns + index] += map.kernel[channel * map.elements + e];
      }
    }
  }
  return { kind: "matrix", columns: map.columns, rows, matrix, bias };
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
  const [first, ...others] = maps.map(toMatrix);
  const matrix = first.matrix.slice();
  const bias = first.bias.slice();
  for (const other of others) {
    for (let k = 0; k < matrix.length; k++) matrix[k] += other.matrix[k];
    for (let k = 0; k < bias.length; k++) bias[k] += other.bias[k];
  }
  return { ...first, matrix, bias };
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
  const order = joinedOrder(shapes, axis);
  const origin = parts.flatMap(({ rows }, part) => Array.from({ length: rows }, (_, row) => [part, row] as const));
  const { columns } = parts[0];
  const matrix = emptyMatrix(order.length, columns);
  const bias = new Float64Array(order.length);
  order.forEach((number, k) => {
    const [part, row] = origin[number];
    matrix.set(parts[part].matrix.subarray(row * columns, (row + 1) * columns), k * columns);
    bias[k] = parts[part].bias[row];
  });
  return { kind: "matrix", columns, rows: order.length, matrix, bias };
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

/** Applies an operation to every column of a map, as a linear map, and to its bias, as an affine one. */
function multiplied(map: AffineMap, operation: AffineOperation, shape: Shape): MatrixMap {
  const { columnAt, bias: before } = columnsOf(map);
  const bias = applyAffine(operation, before, shape);
  const rows = bias.length;
  const matrix = emptyMatrix(rows, map.columns);
  for (let j = 0; j < map.columns; j++) {
    const result = applyAffine(operation, columnAt(j), shape, false);
    for (let i = 0; i < rows; i++) matrix[i * map.columns + j] = result[i];
  }
  return { kind: "matrix", columns: map.columns, rows, matrix, bias };
}

/** The columns of a map, without writing a large identity down. What `columnAt` gives is valid until the next call. */
function columnsOf(map: AffineMap): { readonly columnAt: (j: number) => Float64Array; readonly bias: Float64Array } {
  const column = new Float64Array(rowsOf(map));
  if (map.kind === "gather") {
    const places: number[][] = Array.from({ length: map.columns }, () => []);
    map.indices.forEach((index, k) => {
      if (index >= 0) places[index].push(k);
    });
    const columnAt = (j: number): Float64Array => {
      column.fill(0);
      for (const k of places[j]) column[k] = 1;
      return column;
    };
    return { columnAt, bias: new Float64Array(column.length) };
  }
  const { matrix, bias } = toMatrix(map);
  const columnAt = (j: number): Float64Array => {
    for (let i = 0; i < column.length; i++) column[i] = matrix[i * map.columns + j];
    return column;
  };
  return { columnAt, bias };
}

function transposed(matrix: Float64Array, rows: number, columns: number): Float64Array {
  return Float64Array.from({ length: matrix.length }, (_, k) => matrix[(k % rows) * columns + Math.floor(k / rows)]);
}

function emptyMatrix(rows: number, columns: number): Float64Array {
  if (rows * columns > MAX_MATRIX) throw new MatrixSizeError(`a matrix of ${rows} × ${columns}`);
  return new Float64Array(rows * columns);
}
