/**
 * How a convolution on a grid is spread over the slots: lanes are the columns of a matrix by diagonals, and each of its diagonals takes one rotation for each offset of a tap. With d lanes of the result on G
 * groups of p lanes, every lane of a group works on m = d/G lanes of the operand, and folds add up lanes m apart.
 */
import type { Progression } from "./baby-giant.ts";
import { bitsBelow, type BitRun, type Held } from "./bit-layout.ts";
import { extentOf, placesOf, type Grid } from "./grid.ts";
import { powerOfTwoFrom } from "./packing.ts";
import type { SlotProduct } from "./slot-product.ts";
import type { Fold } from "./stage-cost.ts";

/** A value on a grid in the slots. */
export interface OnGrid {
  readonly grid: Grid;
  /** Index of the value, and of the step that comes next. */
  readonly at: number;
  /** Lanes of the period, a power of two. */
  readonly lanes: number;
  /** Where each lane of the value is. */
  readonly laneAt: Int32Array;
  /** Slots all of it is moved by: offsets of taps are counted from the lowest, and the last value is moved by nothing. */
  readonly shift: number;
  /** Whether all phases were added up. */
  readonly pooled: boolean;
}

/** How a step is split. */
export interface GridSplit {
  readonly groups: number;
  readonly pools: readonly Fold[];
  /** Baby steps along rows, from row to row, from lane to lane. */
  readonly babies: readonly number[];
  readonly folds: readonly Fold[];
}

/** The input of a grid, which the client places. */
export function placedOnGrid(grid: Grid): OnGrid {
  const { lanes } = grid.values[0];
  const shift = -grid.steps.reduce((sum, step) => sum + firstOffset(grid, step), 0);
  const laneAt = Int32Array.from({ length: lanes }, (_, k) => k);
  return { grid, at: 0, lanes: powerOfTwoFrom(lanes), laneAt, shift, pooled: false };
}

/** The slot of each element of a value; where phases were added up, −1 for those but the first. */
export function slotsOnGrid({ grid, at, lanes, laneAt, shift, pooled }: OnGrid): Int32Array {
  const { phases, pitch, positions, values } = grid;
  const { lane, row, column } = placesOf(values[at], phases);
  return lane.map((k, element) =>
    pooled && k >= laneAt.length
      ? -1
      : wrapped(laneAt[k] * positions + row[element] * pitch + column[element] + shift, lanes * positions),
  );
}

/** The numbers of groups that a step can be split into, for so many slots. */
export function groupsOnGrid({ grid, at, lanes }: OnGrid, slots: number): number[] {
  const rows = powerOfTwoFrom(grid.values[at + 1].lanes);
  const least = Math.max(1, rows / lanes);
  const most = Math.min(rows, slots / (lanes * grid.positions));
  return bitsBelow(2 * powerOfTwoFrom(rows)).filter((groups) => groups >= least && groups <= most);
}

/** The value after a step in so many groups. */
export function stepOnGrid({ grid, at, lanes, shift }: OnGrid, groups: number): OnGrid {
  const count = grid.values[at + 1].lanes;
  const each = lanesEach(grid, at, groups);
  const laneAt = Int32Array.from({ length: count }, (_, lane) => lanes * Math.floor(lane / each) + (lane % each));
  return {
    grid,
    at: at + 1,
    lanes: groups === 1 ? each : groups * lanes,
    laneAt,
    shift: shift + firstOffset(grid, grid.steps[at]),
    pooled: false,
  };
}

/**
 * A value with its phases added up, for a step that has the same weights for all of them. Phases are the highest bits of lanes, so the fold goes round in circles and leaves copies.
 *
 * @returns undefined where the step has other weights, or lanes between the phases are out of order
 */
export function pooledOnGrid(value: OnGrid): (OnGrid & { readonly fold: BitRun }) | undefined {
  const { grid, at, lanes, laneAt } = value;
  const { phaseLanes, lanes: used } = grid.values[at];
  if (value.pooled || grid.steps[at].pooled === undefined) return undefined;
  const count = used / phaseLanes;
  const left = lanes / count;
  for (let lane = 0; lane < used; lane++)
    if (laneAt[lane] !== laneAt[lane % phaseLanes] + left * Math.floor(lane / phaseLanes)) return undefined;
  const fold = { step: left * grid.positions, count };
  return { ...value, lanes: left, laneAt: laneAt.slice(0, phaseLanes), pooled: true, fold };
}

/** What the search needs to know of a value on a grid. @param copies bits of positions that nothing is in, once the value was copied there */
export function heldOnGrid({ grid, lanes }: OnGrid, copies: readonly number[] = []): Held {
  const left = [...copies];
  let period = lanes * grid.positions;
  while (left.at(-1) === period / 2) {
    left.pop();
    period /= 2;
  }
  return { period, copies: left };
}

/** Bits of positions in which a value has nothing, lowest first: its slots there are zero after a step. */
export function idleBits({ grid, at }: OnGrid): number[] {
  const [height, width] = extentOf(grid.values[at], grid.phases);
  const { pitch, positions } = grid;
  return bitsBelow(positions).filter((bit) =>
    bit < pitch ? bit >= powerOfTwoFrom(width) : bit / pitch >= powerOfTwoFrom(height),
  );
}

/** Folds that copy a value to idle bits. */
export function copyFolds(bits: readonly number[]): Fold[] {
  return bits.map((bit) => ({ step: -bit, pieces: 2 }));
}

/** The rotations of a step: along rows, from row to row, from lane to lane. @param babies in the same order */
export function gridProgressions({ grid, at }: OnGrid, groups: number, babies: readonly number[]): Progression[] {
  const [down, across] = grid.steps[at].reach;
  const counts = [across, down, lanesEach(grid, at, groups)];
  return [1, grid.pitch, grid.positions].map((step, k) => ({ step, count: counts[k], baby: babies[k] }));
}

/** Lanes of the result that each group computes. */
export function lanesEach({ values }: Grid, at: number, groups: number): number {
  return powerOfTwoFrom(values[at + 1].lanes) / groups;
}

/** How many rotations of a step meet a weight. */
export function countProducts({ grid, at, laneAt, pooled }: OnGrid, groups: number): number {
  const { reach } = grid.steps[at];
  const taps = pooled ? grid.steps[at].pooled! : grid.steps[at].taps;
  const size = reach[0] * reach[1];
  const each = lanesEach(grid, at, groups);
  const met = new Uint8Array(each * size);
  for (let to = 0; to < grid.values[at + 1].lanes; to++) {
    for (let from = 0; from < laneAt.length; from++) {
      const turn = wrapped(laneAt[from] - (to % each), each);
      const start = (to * laneAt.length + from) * size;
      for (let offset = 0; offset < size; offset++) met[turn * size + offset] |= taps[start + offset];
    }
  }
  return met.reduce((sum, one) => sum + one, 0);
}

/** A step as a product on slots. */
export function gridProduct(value: OnGrid, { groups, pools, babies, folds }: GridSplit): SlotProduct {
  const { grid, at, lanes } = value;
  const { phases, pitch, positions, values } = grid;
  const each = lanesEach(grid, at, groups);
  const { shift } = stepOnGrid(value, groups);
  const { lane, row, column } = placesOf(values[at + 1], phases);
  const rowAt = new Int32Array(groups * lanes * positions).fill(-1);
  lane.forEach((k, element) => {
    const place = row[element] * pitch + column[element] + shift;
    for (let part = k % each; part < lanes; part += each)
      rowAt[wrapped((lanes * Math.floor(k / each) + part) * positions + place, rowAt.length)] = element;
  });
  return { pools, rowAt, progressions: gridProgressions(value, groups, babies), folds, parts: lanes / each };
}

function firstOffset({ pitch }: Grid, { first }: Grid["steps"][number]): number {
  return first[0] * pitch + first[1];
}

function wrapped(slot: number, period: number): number {
  return ((slot % period) + period) % period;
}
