/**
 * Layouts for images and the convolutions between them: strided and multiplexed packing (after Lee and others, "Low-complexity deep convolutional neural networks on fully homomorphic encryption
 * using multiplexed parallel convolutions", 2022).
 *
 * All values of a run of convolutions lie on one grid of positions. A pixel (y, x) of a value whose pixels are d apart on the input is at (y·d, x·d); S phases of a position side by side are
 * S lanes, so that slot = positions·lane(channel, phase) + pitch·⌊y·d/S⌋ + ⌊x·d/S⌋. With S the product of the strides that follow, every convolution is one without a stride
 * from lanes to lanes: as many rotations as it has taps for a lane, times the lanes it tells apart.
 */
import type { MatrixMap } from "./affine-map.ts";
import type { Shape } from "../graph/graph.ts";
import { powerOfTwoFrom } from "./packing.ts";
import { forEachWeight } from "./sparse-matrix.ts";

/** Rows, then columns. */
export type Pair = readonly [y: number, x: number];

/** An image on the grid. */
export interface GridValue {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** How far pixels are apart on the input. */
  readonly spacing: Pair;
  /** Lanes from one phase to the next: channels, up to a power of two where that lets phases be told by bits. */
  readonly phaseLanes: number;
  /** Lanes it takes, those that are skipped included. */
  readonly lanes: number;
}

/** A convolution on the grid, or anything like it. */
export interface GridStep {
  /** Lowest offset of a tap, in positions. */
  readonly first: Pair;
  /** Number of offsets from there. */
  readonly reach: Pair;
  /** For [lane of the result][lane of the operand][offset y][offset x] whether there is a weight. */
  readonly taps: Uint8Array;
  /** The same once all phases of a channel and position are added up, where they have the same weights: a pool comes first. */
  readonly pooled: Uint8Array | undefined;
}

/** A run of convolutions on one grid. */
export interface Grid {
  readonly phases: Pair;
  /** Positions in a row of the grid. */
  readonly pitch: number;
  readonly positions: number;
  /** The input and the result of each step. */
  readonly values: readonly GridValue[];
  readonly steps: readonly GridStep[];
}

/** A linear stage between images. */
export interface ImageStage {
  readonly map: MatrixMap;
  readonly from: Shape;
  readonly to: Shape;
}

/** More taps than this are no convolution. */
const MAX_TAPS = 1 << 20;

/** Whether a shape is that of an image, or of a sequence. */
export function isImage(shape: Shape): boolean {
  return shape.length === 2 || shape.length === 3;
}

/** The grids a run of stages may lie on: with the phases of each of its values, the last one first. */
export function gridsFor(stages: readonly ImageStage[]): Grid[] {
  const spacings = spacingsOf(stages);
  const distinct = new Map(spacings.toReversed().map((phases) => [phases.join(), phases]));
  return [...distinct.values()].flatMap((phases) => makeGrid(stages, spacings, phases) ?? []);
}

/** The grid of a run with given phases. @returns undefined when it is none: too many taps */
export function gridWith(stages: readonly ImageStage[], phases: Pair): Grid | undefined {
  return makeGrid(stages, spacingsOf(stages), phases);
}

function makeGrid(stages: readonly ImageStage[], spacings: readonly Pair[], phases: Pair): Grid | undefined {
  const shapes = [stages[0].from, ...stages.map(({ to }) => to)];
  const values = shapes.map((shape, k): GridValue => {
    const [height, width, channels] = imageSize(shape);
    const [down, across] = phaseCounts(spacings[k], phases);
    const phaseLanes = isPowerOfTwo(down * across) ? powerOfTwoFrom(channels) : channels;
    return { height, width, channels, spacing: spacings[k], phaseLanes, lanes: phaseLanes * down * across };
  });
  const steps: GridStep[] = [];
  for (const [k, { map }] of stages.entries()) {
    const step = stepOf(map, values[k], values[k + 1], phases);
    if (step === undefined) return undefined;
    steps.push(step);
  }
  // As wide and high as any value and as far as any step reaches: no two offsets of a step are the same rotation.
  const extents = [...values.map((value) => extentOf(value, phases)), ...steps.map(({ reach }) => reach)];
  const pitch = powerOfTwoFrom(Math.max(...extents.map(([, width]) => width)));
  const positions = pitch * powerOfTwoFrom(Math.max(...extents.map(([height]) => height)));
  return { phases, pitch, positions, values, steps };
}

/** Rows and columns of positions a value takes. */
export function extentOf({ height, width, spacing }: GridValue, phases: Pair): Pair {
  return [
    Math.floor(((height - 1) * spacing[0]) / phases[0]) + 1,
    Math.floor(((width - 1) * spacing[1]) / phases[1]) + 1,
  ];
}

/** Where the elements of a value are: the lane of each, and its position on the grid by row and column. */
export interface GridPlaces {
  readonly lane: Int32Array;
  readonly row: Int32Array;
  readonly column: Int32Array;
}

/** The places of the elements of a value, in order. */
export function placesOf({ height, width, channels, spacing, phaseLanes }: GridValue, phases: Pair): GridPlaces {
  const count = height * width * channels;
  const [lane, row, column] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)];
  const [down, across] = phaseCounts(spacing, phases);
  for (let k = 0; k < count; k++) {
    const [y, x] = [Math.floor(k / channels / width) * spacing[0], (Math.floor(k / channels) % width) * spacing[1]];
    const phase =
      Math.floor(((y % phases[0]) * down) / phases[0]) * across + Math.floor(((x % phases[1]) * across) / phases[1]);
    lane[k] = phase * phaseLanes + (k % channels);
    row[k] = Math.floor(y / phases[0]);
    column[k] = Math.floor(x / phases[1]);
  }
  return { lane, row, column };
}

/** Phases in which pixels so far apart are found. */
function phaseCounts(spacing: Pair, phases: Pair): Pair {
  return [phases[0] / gcd(spacing[0], phases[0]), phases[1] / gcd(spacing[1], phases[1])];
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

function stepOf(map: MatrixMap, from: GridValue, to: GridValue, phases: Pair): GridStep | undefined {
  const [source, target] = [placesOf(from, phases), placesOf(to, phases)];
  let [top, bottom, left, right] = [Infinity, -Infinity, Infinity, -Infinity];
  forEachWeight(map, (row, column) => {
    const dy = source.row[column] - target.row[row];
    const dx = source.column[column] - target.column[row];
    [top, bottom] = [Math.min(top, dy), Math.max(bottom, dy)];
    [left, right] = [Math.min(left, dx), Math.max(right, dx)];
  });
  if (top === Infinity) return undefined;
  const reach: Pair = [bottom - top + 1, right - left + 1];
  if (to.lanes * from.lanes * reach[0] * reach[1] > MAX_TAPS) return undefined;
  const taps = new Uint8Array(to.lanes * from.lanes * reach[0] * reach[1]);
  forEachWeight(map, (row, column) => {
    const dy = source.row[column] - target.row[row] - top;
    const dx = source.column[column] - target.column[row] - left;
    taps[((target.lane[row] * from.lanes + source.lane[column]) * reach[0] + dy) * reach[1] + dx] = 1;
  });
  return { first: [top, left], reach, taps, pooled: pooledTaps(map, from, source, { to, reach, taps }) };
}

/** Taps once phases are added up, if every row has the same weight for all pixels that are phases of one position and channel. */
function pooledTaps(
  { rows, starts, indices, weights }: MatrixMap,
  { phaseLanes, lanes }: GridValue,
  { lane, row, column }: GridPlaces,
  { to, reach, taps }: { readonly to: GridValue; readonly reach: Pair; readonly taps: Uint8Array },
): Uint8Array | undefined {
  if (phaseLanes === lanes || !isPowerOfTwo(phaseLanes)) return undefined;
  const firstOf = new Map<string, number>();
  const first = Int32Array.from(lane, (at, element) => {
    const name = [at % phaseLanes, row[element], column[element]].join();
    if (!firstOf.has(name)) firstOf.set(name, element);
    return firstOf.get(name)!;
  });
  const sizes = new Map<number, number>();
  for (const element of first) sizes.set(element, (sizes.get(element) ?? 0) + 1);
  for (let at = 0; at < rows; at++) {
    const met = new Map<number, { readonly weight: number; count: number }>();
    for (let k = starts[at]; k < starts[at + 1]; k++) {
      const together = met.get(first[indices[k]]);
      if (together === undefined) met.set(first[indices[k]], { weight: weights[k], count: 1 });
      else if (together.weight === weights[k]) together.count++;
      else return undefined;
    }
    for (const [element, { count }] of met) if (count !== sizes.get(element)) return undefined;
  }
  const size = reach[0] * reach[1];
  const pooled = new Uint8Array(to.lanes * phaseLanes * size);
  for (let k = 0; k < taps.length; k++) {
    const [from, target] = [Math.floor(k / size) % lanes, Math.floor(k / size / lanes)];
    pooled[(target * phaseLanes + (from % phaseLanes)) * size + (k % size)] |= taps[k];
  }
  return pooled;
}

function isPowerOfTwo(size: number): boolean {
  return powerOfTwoFrom(size) === size;
}

/** How far the pixels of each value of a run are apart on the input. */
function spacingsOf(stages: readonly ImageStage[]): Pair[] {
  const spacings: Pair[] = [[1, 1]];
  for (const stage of stages) {
    const [y, x] = strideOf(stage);
    const [down, across] = spacings[spacings.length - 1];
    spacings.push([down * y, across * x]);
  }
  return spacings;
}

/** How far what a pixel sees moves from one pixel of the result to the next, in the middle of the image, where nothing is cut off. */
function strideOf({ map, from, to }: ImageStage): Pair {
  const [, widthFrom, channelsFrom] = imageSize(from);
  const [height, width, channels] = imageSize(to);
  const rows = seenRanges(height);
  const columns = seenRanges(width);
  forEachWeight(map, (row, column) => {
    const [pixel, seen] = [Math.floor(row / channels), Math.floor(column / channelsFrom)];
    see(rows, Math.floor(pixel / width), Math.floor(seen / widthFrom));
    see(columns, pixel % width, seen % widthFrom);
  });
  return [moved(rows), moved(columns)];
}

/** Lowest and highest coordinate each row or column sees. */
interface Seen {
  readonly lowest: Float64Array;
  readonly highest: Float64Array;
}

function seenRanges(count: number): Seen {
  return { lowest: new Float64Array(count).fill(Infinity), highest: new Float64Array(count).fill(-Infinity) };
}

function see({ lowest, highest }: Seen, at: number, seen: number): void {
  if (seen < lowest[at]) lowest[at] = seen;
  if (seen > highest[at]) highest[at] = seen;
}

function moved({ lowest, highest }: Seen): number {
  const middle = Math.floor(lowest.length / 2);
  if (middle === 0) return 1;
  const moves = [lowest[middle] - lowest[middle - 1], highest[middle] - highest[middle - 1]].filter(Number.isFinite);
  return Math.max(1, ...moves);
}

/** Height, width and channels of an image, or of a sequence. */
export function imageSize(shape: Shape): readonly [height: number, width: number, channels: number] {
  return shape.length === 2 ? [1, shape[0], shape[1]] : [shape[0], shape[1], shape[2]];
}
