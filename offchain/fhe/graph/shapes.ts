/** Shape inference: what an operation makes of the shapes of its operands, and whether it can take them. */
import { elementCount, type Operation, type Shape, type Window } from "./graph.ts";

/** Why an operation cannot take its operands; the caller adds the layer's name. */
export class ShapeError extends Error {}

/**
 * The shape of an operation's result.
 *
 * @param operands shapes of the operands, in order
 * @throws ShapeError when their number, rank or sizes, or the number of weights, do not fit
 */
export function resultShape(operation: Operation, operands: readonly Shape[]): Shape {
  if (operation.op === "input") {
    require(operands.length === 0, "is an input and has operands");
    return operation.shape;
  }
  if (operation.op === "add") {
    require(operands.length >= 2, "adds fewer than two tensors");
    require(operands.every((shape) => sameShape(shape, operands[0])), "adds tensors of different shapes");
    return operands[0];
  }
  if (operation.op === "concatenate") return concatenated(operands, operation.axis);
  require(operands.length === 1, `takes one tensor and was given ${operands.length}`);
  return unary(operation, operands[0]);
}

/** Whether two shapes are equal. */
function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/**
 * Height and width of what a window leaves of an image.
 *
 * @throws ShapeError when the window does not fit once
 */
export function windowedSize(window: Window, height: number, width: number): readonly [number, number] {
  const along = (axis: 0 | 1, size: number): number => {
    const reach = (window.size[axis] - 1) * window.dilation[axis] + 1;
    const [before, after] = window.padding[axis];
    const count = Math.floor((size + before + after - reach) / window.strides[axis]) + 1;
    require(count >= 1, "has a window larger than its image");
    return count;
  };
  return [along(0, height), along(1, width)];
}

type Unary = Exclude<Operation, { readonly op: "input" | "add" | "concatenate" }>;

function unary(operation: Unary, shape: Shape): Shape {
  const last = shape[shape.length - 1];
  switch (operation.op) {
    case "dense":
      count("kernel", operation.kernel, last * operation.units);
      count("bias", operation.bias, operation.units);
      return [...shape.slice(0, -1), operation.units];
    case "conv2d": {
      const [height, width] = imageAfter(operation.window, shape);
      count("kernel", operation.kernel, operation.window.size[0] * operation.window.size[1] * last * operation.filters);
      count("bias", operation.bias, operation.filters);
      return [height, width, operation.filters];
    }
    case "depthwiseConv2d": {
      const [height, width] = imageAfter(operation.window, shape);
      const channels = last * operation.multiplier;
      count("kernel", operation.kernel, operation.window.size[0] * operation.window.size[1] * channels);
      count("bias", operation.bias, channels);
      return [height, width, channels];
    }
    case "averagePool":
      return [...imageAfter(operation.window, shape), last];
    case "batchNorm":
      for (const name of ["gamma", "beta", "mean", "variance"] as const) count(name, operation[name], last);
      require(operation.variance.every(
        (variance) => variance + operation.epsilon > 0,
      ), "has a variance that is not positive");
      return shape;
    case "bias":
      count("bias", operation.bias, last);
      return shape;
    case "reshape":
      require(elementCount(operation.shape) === elementCount(shape), "reshapes to another number of elements");
      return operation.shape;
    case "permute": {
      const sorted = [...operation.order].sort((a, b) => a - b);
      require(sorted.length === shape.length &&
        sorted.every((axis, k) => axis === k), "permutes axes it does not have");
      return operation.order.map((axis) => shape[axis]);
    }
    case "zeroPad": {
      requireImage(shape);
      const [[top, bottom], [left, right]] = operation.padding;
      return [shape[0] + top + bottom, shape[1] + left + right, last];
    }
    case "polynomial":
      require(operation.coefficients.length > 0, "is a polynomial without coefficients");
      return shape;
    case "channelPolynomial":
      require(operation.coefficients.length > 0, "is a polynomial without coefficients");
      operation.coefficients.forEach((channels, k) => {
        count(`coefficients of x^${k}`, channels, last);
      });
      return shape;
    case "square":
    case "activation":
      return shape;
  }
}

function imageAfter(window: Window, shape: Shape): readonly [number, number] {
  requireImage(shape);
  return windowedSize(window, shape[0], shape[1]);
}

function concatenated(operands: readonly Shape[], axis: number): Shape {
  require(operands.length >= 1, "concatenates nothing");
  const [first] = operands;
  require(axis >= 0 && axis < first.length, "concatenates along an axis its tensors do not have");
  const fits = operands.every(
    (shape) => shape.length === first.length && shape.every((size, k) => k === axis || size === first[k]),
  );
  require(fits, "concatenates tensors whose other axes differ");
  return first.map((size, k) => (k === axis ? operands.reduce((sum, shape) => sum + shape[axis], 0) : size));
}

function count(name: string, weights: Float64Array | null, expected: number): void {
  if (weights === null) return;
  require(weights.length === expected, `has ${weights.length} weights in its ${name} and needs ${expected}`);
}

function requireImage(shape: Shape): void {
  require(shape.length === 3, `works on images (height, width, channels) and was given ${shape.length} axes`);
}

function require(condition: boolean, reason: string): asserts condition {
  if (!condition) throw new ShapeError(reason);
}
