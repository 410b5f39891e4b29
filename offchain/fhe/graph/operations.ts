/** What each operation computes, in double precision. */
import { activationFunction } from "./activation.ts";
import { elementCount, type AffineOperation, type ElementwiseOperation, type Shape, type Window } from "./graph.ts";
import { windowedSize } from "./shapes.ts";

/**
 * Applies an affine operation.
 *
 * @param values elements of the operand, row-major
 * @param shape shape of the operand
 * @param constant whether biases and shifts are added; without them the operation is linear
 * @returns elements of the result
 */
export function applyAffine(
  operation: AffineOperation,
  values: Float64Array,
  shape: Shape,
  constant = true,
): Float64Array {
  switch (operation.op) {
    case "dense":
      return addAlongLast(dense(operation.kernel, operation.units, values), constant ? operation.bias : null);
    case "conv2d":
      return addAlongLast(conv2d(operation, values, shape), constant ? operation.bias : null);
    case "depthwiseConv2d":
      return addAlongLast(depthwise(operation, values, shape), constant ? operation.bias : null);
    case "averagePool":
      return averagePool(operation.window, values, shape);
    case "batchNorm": {
      const { factor, shift } = batchNormFactors(operation);
      const out = values.map((value, index) => value * factor[index % factor.length]);
      return addAlongLast(out, constant ? shift : null);
    }
    case "bias":
      return addAlongLast(values.slice(), constant ? operation.bias : null);
    case "reshape":
      return values.slice();
    case "permute":
      return permute(operation.order, values, shape);
    case "zeroPad":
      return zeroPad(operation.padding, values, shape);
  }
}

/** Applies an operation to every element by itself. */
export function applyElementwise(operation: ElementwiseOperation, values: Float64Array): Float64Array {
  switch (operation.op) {
    case "square":
      return values.map((value) => value * value);
    case "polynomial":
      return values.map((value) =>
        operation.coefficients.reduceRight((sum, coefficient) => sum * value + coefficient, 0),
      );
    case "channelPolynomial": {
      const { coefficients } = operation;
      const channels = coefficients[0].length;
      return values.map((value, k) =>
        coefficients.reduceRight((sum, channel) => sum * value + channel[k % channels], 0),
      );
    }
    case "activation":
      return values.map(activationFunction(operation.activation));
  }
}

/** Joins tensors along an axis. */
export function concatenate(
  axis: number,
  operands: readonly { readonly values: Float64Array; readonly shape: Shape }[],
): Float64Array {
  const out = new Float64Array(operands.reduce((sum, { values }) => sum + values.length, 0));
  const outer = elementCount(operands[0].shape.slice(0, axis));
  let at = 0;
  for (let block = 0; block < outer; block++) {
    for (const { values } of operands) {
      const run = values.length / outer;
      out.set(values.subarray(block * run, (block + 1) * run), at);
      at += run;
    }
  }
  return out;
}

/** A batch normalisation as factor·x + shift along the last axis. */
export function batchNormFactors(operation: AffineOperation & { readonly op: "batchNorm" }): {
  readonly factor: Float64Array;
  readonly shift: Float64Array;
} {
  const { gamma, beta, mean, variance, epsilon } = operation;
  const factor = variance.map((value, k) => (gamma?.[k] ?? 1) / Math.sqrt(value + epsilon));
  const shift = mean.map((value, k) => (beta?.[k] ?? 0) - value * factor[k]);
  return { factor, shift };
}

/**
 * Where a window looks: for every position of the window and every row and column in it, the index of the pixel (row·width + column) or −1 outside.
 *
 * @returns positions × (height·width of the window) indices, row-major
 */
export function windowPixels(window: Window, height: number, width: number): Int32Array {
  const [rows, columns] = windowedSize(window, height, width);
  const [sizeY, sizeX] = window.size;
  const pixels = new Int32Array(rows * columns * sizeY * sizeX);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      for (let dy = 0; dy < sizeY; dy++) {
        const y = row * window.strides[0] - window.padding[0][0] + dy * window.dilation[0];
        for (let dx = 0; dx < sizeX; dx++) {
          const x = column * window.strides[1] - window.padding[1][0] + dx * window.dilation[1];
          pixels[at++] = y >= 0 && y < height && x >= 0 && x < width ? y * width + x : -1;
        }
      }
    }
  }
  return pixels;
}

function dense(kernel: Float64Array, units: number, values: Float64Array): Float64Array {
  const inputs = kernel.length / units;
  const rows = values.length / inputs;
  const out = new Float64Array(rows * units);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < inputs; i++) {
      const value = values[row * inputs + i];
      if (value === 0) continue;
      for (let unit = 0; unit < units; unit++) out[row * units + unit] += kernel[i * units + unit] * value;
    }
  }
  return out;
}

function conv2d(
  operation: AffineOperation & { readonly op: "conv2d" },
  values: Float64Array,
  shape: Shape,
): Float64Array {
  const { window, filters, kernel } = operation;
  const [height, width, channels] = shape;
  const taps = window.size[0] * window.size[1];
  const pixels = windowPixels(window, height, width);
  const out = new Float64Array((pixels.length / taps) * filters);
  for (let at = 0; at < pixels.length; at++) {
    if (pixels[at] < 0) continue;
    const to = Math.floor(at / taps) * filters;
    for (let channel = 0; channel < channels; channel++) {
      const value = values[pixels[at] * channels + channel];
      if (value === 0) continue;
      const from = ((at % taps) * channels + channel) * filters;
      for (let filter = 0; filter < filters; filter++) out[to + filter] += kernel[from + filter] * value;
    }
  }
  return out;
}

function depthwise(
  operation: AffineOperation & { readonly op: "depthwiseConv2d" },
  values: Float64Array,
  shape: Shape,
): Float64Array {
  const { window, multiplier, kernel } = operation;
  const [height, width, channels] = shape;
  const taps = window.size[0] * window.size[1];
  const pixels = windowPixels(window, height, width);
  const outputs = channels * multiplier;
  const out = new Float64Array((pixels.length / taps) * outputs);
  for (let at = 0; at < pixels.length; at++) {
    if (pixels[at] < 0) continue;
    const to = Math.floor(at / taps) * outputs;
    const from = (at % taps) * outputs;
    for (let k = 0; k < outputs; k++)
      out[to + k] += kernel[from + k] * values[pixels[at] * channels + Math.floor(k / multiplier)];
  }
  return out;
}

function averagePool(window: Window, values: Float64Array, shape: Shape): Float64Array {
  const [height, width, channels] = shape;
  const taps = window.size[0] * window.size[1];
  const pixels = windowPixels(window, height, width);
  const out = new Float64Array((pixels.length / taps) * channels);
  for (let position = 0; position < pixels.length / taps; position++) {
    const inside = pixels.subarray(position * taps, (position + 1) * taps).filter((pixel) => pixel >= 0);
    for (const pixel of inside) {
      for (let c = 0; c < channels; c++) out[position * channels + c] += values[pixel * channels + c] / inside.length;
    }
  }
  return out;
}

function permute(order: readonly number[], values: Float64Array, shape: Shape): Float64Array {
  const sizes = order.map((axis) => shape[axis]);
  const steps = order.map((axis) => elementCount(shape.slice(axis + 1)));
  const out = new Float64Array(values.length);
  for (let to = 0; to < out.length; to++) {
    let from = 0;
    for (let k = sizes.length - 1, rest = to; k >= 0; k--) {
      from += (rest % sizes[k]) * steps[k];
      rest = Math.floor(rest / sizes[k]);
    }
    out[to] = values[from];
  }
  return out;
}

function zeroPad([[top, bottom], [left, right]]: Window["padding"], values: Float64Array, shape: Shape): Float64Array {
  const [height, width, channels] = shape;
  const run = width * channels;
  const paddedRun = (left + width + right) * channels;
  const out = new Float64Array((top + height + bottom) * paddedRun);
  for (let row = 0; row < height; row++) {
    out.set(values.subarray(row * run, (row + 1) * run), (top + row) * paddedRun + left * channels);
  }
  return out;
}

function addAlongLast(values: Float64Array, addend: Float64Array | null): Float64Array {
  if (addend !== null)
    for (let index = 0; index < values.length; index++) values[index] += addend[index % addend.length];
  return values;
}
