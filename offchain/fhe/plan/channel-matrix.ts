/** Operations that keep channels apart, as matrices. */
import { elementCount, type AffineOperation, type Shape, type Window } from "../graph/graph.ts";
import { batchNormFactors, windowPixels } from "../graph/operations.ts";
import { MatrixWriter, type SparseMatrix } from "./sparse-matrix.ts";

/** Each element of the result looks at elements of one channel. */
export type ChannelOperation = AffineOperation & { readonly op: "depthwiseConv2d" | "averagePool" | "batchNorm" };

/**
 * The matrix M of an operation x ↦ M·x + b, with as many weights as it takes products.
 *
 * @param shape of the operand
 * @throws MatrixSizeError when it has more than 2^26 weights
 */
export function channelMatrix(operation: ChannelOperation, shape: Shape): SparseMatrix {
  if (operation.op === "batchNorm") return scaling(batchNormFactors(operation).factor, elementCount(shape));
  if (operation.op === "averagePool") return windowMatrix(operation.window, shape, 1, ({ inside }) => 1 / inside);
  const { window, multiplier, kernel } = operation;
  const outputs = shape[2] * multiplier;
  return windowMatrix(window, shape, multiplier, ({ tap }, output) => kernel[tap * outputs + output]);
}

function scaling(factor: Float64Array, size: number): SparseMatrix {
  const writer = new MatrixWriter(size, size);
  for (let k = 0; k < size; k++) {
    writer.add(k, factor[k % factor.length]);
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

/** The rows of a window moved over an image, `multiplier` of them a channel. */
function windowMatrix(
  window: Window,
  [height, width, channels]: Shape,
  multiplier: number,
  weightOf: (seen: Seen, output: number) => number,
): SparseMatrix {
  const taps = window.size[0] * window.size[1];
  const pixels = windowPixels(window, height, width);
  const positions = pixels.length / taps;
  const outputs = channels * multiplier;
  const writer = new MatrixWriter(positions * outputs, height * width * channels);
  for (let position = 0; position < positions; position++) {
    const seen = [...pixels.subarray(position * taps, (position + 1) * taps)]
      .map((pixel, tap) => ({ pixel, tap }))
      .filter(({ pixel }) => pixel >= 0);
    for (let output = 0; output < outputs; output++) {
      for (const each of seen) {
        const column = each.pixel * channels + Math.floor(output / multiplier);
        writer.add(column, weightOf({ ...each, inside: seen.length }, output));
      }
      writer.endRow();
    }
  }
  return writer.finish();
}
