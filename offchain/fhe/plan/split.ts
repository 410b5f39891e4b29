/**
 * Values of more numbers than a ciphertext has slots, in parts of equal size: some channels of an image each, or a run of a vector. A linear stage between them is a matrix of blocks, one for each part it reads and each part it
 * makes. All parts of a value sit in their slots alike, so one layout does for all blocks of a stage: it is chosen for a stage with a weight wherever a block has one.
 */
import { elementCount, type Shape } from "../graph/graph.ts";
import { toMatrix, type MatrixMap, type WindowsMap } from "./affine-map.ts";
import type { LinearStage, Network, SquareStage } from "./fold.ts";
import { imageSize, isImage } from "./grid.ts";
import { powerOfTwoFrom } from "./packing.ts";
import { MatrixWriter } from "./sparse-matrix.ts";

/** A linear stage by blocks. */
export interface LinearBlocks {
  readonly kind: "linear";
  /** What its layout is chosen for: a stage from a part to a part, with a weight wherever a block has one. */
  readonly like: LinearStage;
  /** By part of the result, then by part of the operand. The bias is with the first part of the operand. */
  readonly blocks: readonly (readonly (WindowsMap | MatrixMap)[])[];
}

/** A square of each part of a value. */
export interface SquareParts {
  readonly kind: "square";
  readonly like: SquareStage;
  readonly parts: readonly SquareStage[];
}

/** A network whose values are in parts. */
export interface SplitNetwork {
  /** What its layouts are chosen for. */
  readonly like: Network;
  readonly stages: readonly (LinearBlocks | SquareParts)[];
}

/** More parts than this of one value are too much work. */
const MAX_PARTS = 16;

/** How a value lies in parts. */
interface Parts {
  /** Of one part. */
  readonly shape: Shape;
  /** For each part the elements of the value that are its own, in order, and −1 for what is nothing's. */
  readonly origins: readonly Int32Array[];
}

/** A network whose values are whole. */
export function wholeNetwork(network: Network): SplitNetwork {
  return {
    like: network,
    stages: network.stages.map((stage) =>
      stage.kind === "linear"
        ? { kind: "linear", like: stage, blocks: [[stage.map]] }
        : { kind: "square", like: stage, parts: [stage] },
    ),
  };
}

/**
 * A network whose values have at most so many numbers in a part, what powers of two add to the sizes of images included.
 *
 * @param room numbers of a part, a power of two
 * @returns undefined where no value has to be split, or one would be in more than 16 parts
 */
export function splitNetwork(network: Network, room: number): SplitNetwork | undefined {
  const counts = network.stages.map((stage, index) =>
    stage.kind === "linear" && index < network.stages.length - 1 ? countOfParts(stage.to, room) : 1,
  );
  const most = Math.max(...counts);
  if (most === 1 || most > MAX_PARTS) return undefined;
  let operand: Parts | undefined;
  const stages = network.stages.map((stage, index): LinearBlocks | SquareParts => {
    if (stage.kind === "square") return squareParts(stage, operand);
    const result = counts[index] === 1 ? undefined : partsOf(stage.to, counts[index]);
    const blocks = blocksOf(stage, operand, result);
    operand = result;
    return blocks;
  });
  return { like: { ...network, stages: stages.map(({ like }) => like) }, stages };
}

function countOfParts(shape: Shape, room: number): number {
  if (!isImage(shape)) return Math.ceil(elementCount(shape) / room);
  const [height, width, channels] = imageSize(shape);
  const each = Math.floor(room / powerOfTwoFrom(height) / powerOfTwoFrom(width));
  return each === 0 ? Infinity : Math.ceil(channels / 2 ** Math.floor(Math.log2(each)));
}

function partsOf(shape: Shape, count: number): Parts {
  const last = shape.length - 1;
  const channels = isImage(shape) ? shape[last] : elementCount(shape);
  const each = Math.ceil(channels / count);
  const pixels = elementCount(shape) / channels;
  const origins = Array.from({ length: count }, (_, part) => {
    return Int32Array.from({ length: pixels * each }, (_unused, k) => {
      const channel = part * each + (k % each);
      return channel < channels ? Math.floor(k / each) * channels + channel : -1;
    });
  });
  return { shape: isImage(shape) ? [...shape.slice(0, last), each] : [each], origins };
}

function squareParts(stage: SquareStage, parts: Parts | undefined): SquareParts {
  if (parts === undefined) return { kind: "square", like: stage, parts: [stage] };
  const size = elementCount(parts.shape);
  const taken = (values: Float64Array | undefined, origin: Int32Array): Float64Array | undefined =>
    values && Float64Array.from(origin, (element) => (element < 0 ? 0 : values[element]));
  const squares = parts.origins.map((origin) => ({
    ...stage,
    size,
    shift: taken(stage.shift, origin),
    offset: taken(stage.offset, origin),
  }));
  return { kind: "square", like: { ...stage, size }, parts: squares };
}

function blocksOf(stage: LinearStage, operand: Parts | undefined, result: Parts | undefined): LinearBlocks {
  if (operand === undefined && result === undefined) return { kind: "linear", like: stage, blocks: [[stage.map]] };
  const from = operand?.shape ?? stage.from;
  const to = result?.shape ?? stage.to;
  const { map } = stage;
  if (operand === undefined && map.kind === "windows" && stage.to.at(-1) === map.channels) {
    const channels = to[to.length - 1];
    const parts = result!.origins.map((_, part) => windowsPart(map, part * channels, channels));
    const blocks = parts.map((part) => [part]);
    return { kind: "linear", like: { ...stage, from, to, map: windowsLike(parts) }, blocks };
  }
  const blocks = matrixBlocks(toMatrix(map), operand, result);
  return { kind: "linear", like: { ...stage, from, to, map: matrixLike(blocks.flat()) }, blocks };
}

/** Some channels of a convolution the client lays out; those beyond the last have no weights. */
function windowsPart(map: WindowsMap, first: number, channels: number): WindowsMap {
  const kernel = new Float64Array(channels * map.elements);
  kernel.set(map.kernel.subarray(first * map.elements, (first + channels) * map.elements));
  const bias = new Float64Array(channels);
  bias.set(map.bias.subarray(first, first + channels));
  return { ...map, channels, kernel, bias };
}

function matrixBlocks(map: MatrixMap, operand: Parts | undefined, result: Parts | undefined): MatrixMap[][] {
  const columns = operand === undefined ? map.columns : elementCount(operand.shape);
  const whole = (size: number): Int32Array => Int32Array.from({ length: size }, (_, k) => k);
  const reads = operand?.origins ?? [whole(map.columns)];
  const makes = result?.origins ?? [whole(map.rows)];
  const partOf = new Int32Array(map.columns);
  const placeIn = new Int32Array(map.columns);
  reads.forEach((origin, part) => {
    origin.forEach((element, k) => {
      if (element >= 0) [partOf[element], placeIn[element]] = [part, k];
    });
  });
  return makes.map((origin) => {
    const writers = reads.map(() => new MatrixWriter(origin.length, columns));
    for (const row of origin) {
      if (row >= 0) {
        for (let at = map.starts[row]; at < map.starts[row + 1]; at++)
          writers[partOf[map.indices[at]]].add(placeIn[map.indices[at]], map.weights[at]);
      }
      for (const writer of writers) writer.endRow();
    }
    const bias = Float64Array.from(origin, (row) => (row < 0 ? 0 : map.bias[row]));
    return writers.map((writer, part) => ({
      kind: "matrix" as const,
      ...writer.finish(),
      bias: part === 0 ? bias : new Float64Array(origin.length),
    }));
  });
}

/** Where any of the maps has a weight, a weight; equal ones where each map has equal ones, which pools are known by. */
function matrixLike(maps: readonly MatrixMap[]): MatrixMap {
  const [{ rows, columns }] = maps;
  const writer = new MatrixWriter(rows, columns);
  for (let row = 0; row < rows; row++) {
    maps.forEach(({ starts, indices, weights }, k) => {
      for (let at = starts[row]; at < starts[row + 1]; at++) writer.add(indices[at], like(weights[at], k));
    });
    writer.endRow();
  }
  return { kind: "matrix", ...writer.finish(), bias: maps[0].bias };
}

function windowsLike(maps: readonly WindowsMap[]): WindowsMap {
  const kernel = new Float64Array(maps[0].kernel.length);
  for (const [k, map] of maps.entries()) {
    map.kernel.forEach((weight, at) => {
      if (weight !== 0) kernel[at] += like(weight, k);
    });
  }
  return { ...maps[0], kernel };
}

/** A number above zero for a weight of one of several maps: sums of them are never zero, and not equal by chance. */
function like(weight: number, map: number): number {
  const positive = weight > 0 ? 1 + weight : 1 / (1 - weight);
  return positive * (1 + ((map * 0.6180339887498949) % 1));
}
