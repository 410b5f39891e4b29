/** The linear part of an affine operation as a matrix, with as many weights as the operation takes products. */
import { elementCount, type AffineOperation, type Shape, type Window } from "../graph/graph.ts";
import { applyAffine, batchNormFactors, windowPixels } from "../graph/operations.ts";
import { MatrixWriter, type SparseMatrix } from "./sparse-matrix.ts";

/**
 * The matrix M of an operation x ↦ M·x + b.
 *
 * @param shape of the operand
 * @throws MatrixSizeError when it has more than 2^26 weights
 */
export function operationMatrix(operation: AffineOperation, shape: Shape): SparseMatrix {
  const size = elementCount(shape);
  switch (operation.op) {
    case "dense":
      return denseMatrix(operation.kernel, operation.units, size);
    case "conv2d": {
      const { filters, kernel } = operation;
      const channels = shape[2];
      return windowMatrix(operation.window, shape, filters, (add, filter, { tap, pixel }) => {
        for (let channel = 0; channel < channels; channel++)
          add(pixel * channels + channel, kernel[(tap * channels + channel) * filters + filter]);
      });
    }
    case "depthwiseConv2d": {
      const { multiplier, kernel } = operation;
      const channels = shape[2];
      const outputs = channels * multiplier;
      return windowMatrix(operation.window, shape, outputs, (add, output, { tap, pixel }) => {
        add(pixel * channels + Math.floor(output / multiplier), kernel[tap * outputs + output]);
      });
    }
    case "averagePool": {
      const channels = shape[2];
      return windowMatrix(operation.window, shape, channels, (add, channel, { pixel, inside }) => {
        add(pixel * channels + channel, 1 / inside);
      });
    }
    case "batchNorm": {
      const { factor } = batchNormFactors(operation);
      return selection(
        Int32Array.from({ length: size }, (_, k) => k),
        size,
        (k) => factor[k % factor.length],
      );
    }
    case "bias":
    case "reshape":
    case "permute":
    case "zeroPad": {
      // Elements are moved as numbers from 1: 0 is what padding adds.
      const numbers = Float64Array.from({ length: size }, (_, k) => k + 1);
      const moved = applyAffine(operation, numbers, shape, false);
      return selection(
        Int32Array.from(moved, (number) => number - 1),
        size,
        () => 1,
      );
    }
  }
}

function denseMatrix(kernel: Float64Array, units: number, size: number): SparseMatrix {
  const inputs = kernel.length / units;
  const rows = (size / inputs) * units;
  const writer = new MatrixWriter(rows, size);
  for (let row = 0; row < rows; row++) {
    const [from, unit] = [Math.floor(row / units) * inputs, row % units];
    for (let i = 0; i < inputs; i++) writer.add(from + i, kernel[i * units + unit]);
    writer.endRow();
  }
  return writer.finish();
}

/** What a window sees of a pixel. */
interface Seen {
  /** Place in the window, row by row. */
  readonly tap: number;
  readonly pixel: number;
  /** How many pixels of the image the window sees. */
  readonly inside: number;
}

/** The rows of windows moved over an image, as many `outputs` for each position. */
function windowMatrix(
  window: Window,
  [height, width, channels]: Shape,
  outputs: number,
  addWeights: (add: (column: number, weight: number) => void, output: number, seen: Seen) => void,
): SparseMatrix {
  const taps = window.size[0] * window.size[1];
  const pixels = windowPixels(window, height, width);
  const positions = pixels.length / taps;
  const writer = new MatrixWriter(positions * outputs, height * width * channels);
  const add = writer.add.bind(writer);
  for (let position = 0; position < positions; position++) {
    const seen = [...pixels.subarray(position * taps, (position + 1) * taps)]
      .map((pixel, tap) => ({ tap, pixel }))
      .filter(({ pixel }) => pixel >= 0);
    for (let output = 0; output < outputs; output++) {
      for (const each of seen) addWeights(add, output, { ...each, inside: seen.length });
      writer.endRow();
    }
  }
  return writer.finish();
}

/** A matrix with at most one weight a row. @param columns of the weights, −1 for none */
function selection(columns: Int32Array, size: number, weight: (row: number) => number): SparseMatrix {
  const writer = new MatrixWriter(columns.length, size);
  columns.forEach((column, row) => {
    if (column >= 0) writer.add(column, weight(row));
    writer.endRow();
  });
  return writer.finish();
}
