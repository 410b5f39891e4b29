/** Paths through the first stages of a network, as the search for layouts extends them. */
import type { Held } from "./bit-layout.ts";
import { maxCompactPeriod } from "./compact-shape.ts";
import { chooseFolds } from "./choose-folds.ts";
import type { CostModel } from "./cost-model.ts";
import type { BitRun, RowBits } from "./bit-layout.ts";
import type { OnGrid } from "./grid-layout.ts";
import type { Pair } from "./grid.ts";
import {
  addedKeyBytes,
  allFoldRotations,
  foldsFrom,
  foldsTime,
  productRotations,
  productTime,
  withRotations,
  type Fold,
  type KeyLevels,
  type StageShape,
} from "./stage-cost.ts";

/** Which layouts are considered: the plain diagonals of the first compiler, or all there are. */
export type LayoutFamily = "diagonal" | "hybrid";

/** How one linear stage is lowered. */
export type StageLayout =
  /** By diagonals. `windows`: the client lays the windows out and the stage is their kernel; otherwise it is one matrix. */
  | {
      readonly form: "windows" | "matrix";
      readonly groups: number;
      readonly baby: number;
      /** Pieces each fold adds up. */
      readonly folds: readonly number[];
    }
  /** As a convolution on a grid: of the first `run` linear stages, with so many phases. Baby steps along rows, from row to row, from lane to lane. */
  | {
      readonly form: "grid";
      readonly run: number;
      readonly phases: Pair;
      readonly groups: number;
      /** Phases that are added up before anything else. */
      readonly pools: readonly Fold[];
      readonly babies: readonly number[];
      readonly folds: readonly Fold[];
      /** Bits of positions the result is copied to, by the last of the folds. */
      readonly copied: readonly number[];
    }
  /** As a matrix whose rows are numbered by bits of the slots. Baby steps in each run of those that are not copies. */
  | {
      readonly form: "bits";
      /** How its operand sits in the slots. */
      readonly held: Held;
      readonly rows: RowBits;
      readonly babies: readonly number[];
      readonly folds: readonly Fold[];
    }
  /** As the last product before a compact result of this period. */
  | { readonly form: "classes"; readonly classes: number; readonly baby: number };

export interface LayoutOptions {
  readonly family: LayoutFamily;
  /** Of the semantics and the parameter set it is for. */
  readonly costs: CostModel;
  /** Bits of the compact result it ends in, or undefined when it ends in a ciphertext. */
  readonly compactBits: number | undefined;
}

/** A path through the first stages. */
export interface Path {
  /** The grid it began on, or none: of each kind some paths are kept. */
  readonly kind: number;
  readonly layouts: readonly StageLayout[];
  /** Where the value is after them; undefined before the input is laid out. */
  readonly held: Held | undefined;
  /** The same on the grid, as long as steps are left there. */
  readonly onGrid: OnGrid | undefined;
  readonly time: number;
  /** Highest level each rotation is used at. */
  readonly rotations: KeyLevels;
  /** Bytes of their keys. */
  readonly keyBytes: number;
  readonly cost: number;
}

/** A path with one more stage, whose rotations are not among the others yet: most are not kept. */
export interface Candidate extends Path {
  readonly added: readonly (readonly [step: number, level: number])[];
}

/** A candidate as a path. */
export function taken({ added, ...path }: Candidate): Path {
  return { ...path, rotations: withRotations(path.rotations, added) };
}

/** Which stage a path is to be extended by. */
export interface Position extends LayoutOptions {
  readonly first: boolean;
  readonly last: boolean;
  /** Level the stage begins at. */
  readonly level: number;
  /** Parts its operand is in, and parts of its result, which are lowered one after the other in the same way, from the same rotations of the operand. */
  readonly operands: number;
  readonly results: number;
}

/** More products than this in one stage would take minutes and gigabytes. */
const MAX_PRODUCTS = 4096;

/** Whether a stage that takes so many products a block takes too many in all. */
export function tooManyProducts(products: number, { operands, results }: Position): boolean {
  return products * operands * results > MAX_PRODUCTS;
}

/** What a stage leaves behind. */
export type After = Pick<Path, "held" | "onGrid">;

/** The path with one more stage, by what it takes. */
export function extend(
  path: Path,
  layout: StageLayout,
  after: After,
  shape: StageShape,
  position: Position,
): Candidate {
  const { costs, level, operands, results } = position;
  const { pools = [], folds } = shape;
  const added = [
    ...allFoldRotations(pools, level + 1),
    ...productRotations(costs, shape, level),
    ...allFoldRotations(folds, level),
  ];
  const keyBytes = path.keyBytes + addedKeyBytes(costs, path.rotations, added);
  const time =
    path.time +
    operands * (foldsTime(costs, pools, level) + productTime(costs, shape, level, results)) +
    results * foldsTime(costs, folds, level - 1);
  return {
    ...after,
    kind: path.kind,
    layouts: [...path.layouts, layout],
    time,
    rotations: path.rotations,
    added,
    keyBytes,
    cost: time + costs.keyWeight(keyBytes),
  };
}

/** The folds of some runs of pieces that are worth considering, once the products of a stage have their keys. */
export function foldsOf(
  runs: readonly BitRun[],
  shape: Pick<StageShape, "progressions">,
  path: Path,
  { costs, level }: Position,
): Fold[][] {
  const used = withRotations(path.rotations, productRotations(costs, shape, level));
  const choices = runs.map(({ step, count }) =>
    chooseFolds(costs, step, count, level, used).map((pieces) => foldsFrom(step, pieces)),
  );
  // Choices are made for weights of keys, the same for all runs.
  const most = Math.max(1, ...choices.map(({ length }) => length));
  return Array.from({ length: most }, (_, k) => choices.flatMap((choice) => choice[Math.min(k, choice.length - 1)]));
}

/** A compact result holds only so many values. */
export function endsWell(period: number, { last, compactBits }: Position): boolean {
  return !last || compactBits === undefined || period <= maxCompactPeriod(compactBits);
}

/** All choices of one number of each list. */
export function choicesOf(lists: readonly (readonly number[])[]): number[][] {
  return lists.reduce<number[][]>(
    (all, list) => all.flatMap((chosen) => list.map((value) => [...chosen, value])),
    [[]],
  );
}

/** Powers of two from one bound to the other, both included. */
export function powersOfTwo(from: number, to: number): number[] {
  const powers: number[] = [];
  for (let power = from; power <= to; power *= 2) powers.push(power);
  return powers;
}
