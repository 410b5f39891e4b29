/** Chooses, stage by stage, how matrices are split over the slots: by a search over the splits there are, with the cost of time and keys. */
import { rowsOf, type MatrixMap, type WindowsMap } from "./affine-map.ts";
import { maxCompactPeriod } from "./compact-shape.ts";
import { chooseFolds } from "./choose-folds.ts";
import type { CostModel } from "./cost-model.ts";
import { CompileError } from "./errors.ts";
import type { LinearStage, Network } from "./fold.ts";
import { powerOfTwoFrom } from "./packing.ts";
import {
  allFoldRotations,
  foldTime,
  productRotations,
  productTime,
  rotationKeyBytes,
  withRotations,
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
interface Path {
  readonly layouts: readonly StageLayout[];
  /** Period of the packing after them, or undefined before the input is laid out. */
  readonly period: number | undefined;
  readonly time: number;
  /** Highest level each rotation is used at. */
  readonly rotations: KeyLevels;
  readonly cost: number;
}

/** More products than this in one stage would take minutes and gigabytes. */
const MAX_DIAGONALS = 4096;
/** Paths kept after each stage. */
const BEAM = 64;

/**
 * Chooses a layout for every linear stage of a network.
 *
 * @returns one layout a linear stage, in order
 * @throws CompileError naming the first layer that fits no layout of these parameters
 */
export function chooseLayouts(network: Network, options: LayoutOptions): readonly StageLayout[] {
  let paths: readonly Path[] = [{ layouts: [], period: undefined, time: 0, rotations: new Map(), cost: 0 }];
  let level = network.stages.length + 1;
  network.stages.forEach((stage, index) => {
    if (stage.kind === "square") {
      paths = paths.map((path) => (path.period === undefined ? { ...path, period: powerOfTwoFrom(stage.size) } : path));
    } else {
      const last = index === network.stages.length - 1;
      const next = paths.flatMap((path) => candidates(stage, path, { ...options, first: index === 0, last, level }));
      if (next.length === 0) refuse(stage, network, options);
      paths = next.sort((a, b) => a.cost - b.cost).slice(0, BEAM);
    }
    level--;
  });
  return paths[0].layouts;
}

interface Position extends LayoutOptions {
  readonly first: boolean;
  readonly last: boolean;
  /** Level the stage begins at. */
  readonly level: number;
}

function candidates(stage: LinearStage, path: Path, position: Position): Path[] {
  const { map } = stage;
  const shapes = position.first && map.kind === "windows" ? [windowsShape(map)] : [];
  const matrices = [...shapes, matrixShape(map, path.period)];
  const byDiagonals = matrices.flatMap((shape) => diagonalCandidates(shape, path, position));
  if (position.family === "diagonal") return byDiagonals.slice(0, 1);
  return [...byDiagonals, ...classCandidates(map, path, position)];
}

interface Shape {
  readonly form: "windows" | "matrix";
  readonly columns: number;
  readonly stride: number;
  /** Rows, padded to a power of two. */
  readonly rows: number;
}

function windowsShape(map: WindowsMap): Shape {
  return {
    form: "windows",
    columns: powerOfTwoFrom(map.elements),
    stride: powerOfTwoFrom(map.windows),
    rows: powerOfTwoFrom(map.channels),
  };
}

function matrixShape(map: WindowsMap | MatrixMap, period: number | undefined): Shape {
  return {
    form: "matrix",
    columns: period ?? powerOfTwoFrom(map.columns),
    stride: 1,
    rows: powerOfTwoFrom(rowsOf(map)),
  };
}

function diagonalCandidates(shape: Shape, path: Path, position: Position): Path[] {
  const { form, columns, stride, rows } = shape;
  const found: Path[] = [];
  const least = Math.max(1, rows / columns);
  const most = position.family === "diagonal" || position.last ? least : rows;
  const slots = position.costs.params.n / 2;
  for (let groups = least; groups <= most && groups * columns * stride <= slots; groups *= 2) {
    const count = rows / groups;
    const period = (groups === 1 ? count : groups * columns) * stride;
    if (count > MAX_DIAGONALS || !endsWell(period, position)) continue;
    for (const baby of babySteps(count, position.family)) {
      const products = { count, baby, stride, foldStep: count * stride, folds: [] };
      const used = withRotations(path.rotations, productRotations(position.costs, products, position.level));
      const pieces = Math.max(1, columns / count);
      for (const folds of chooseFolds(position.costs, products.foldStep, pieces, position.level, used))
        found.push(extend(path, { form, groups, baby, folds }, period, { ...products, folds }, position));
    }
  }
  return found;
}

function classCandidates(map: WindowsMap | MatrixMap, path: Path, position: Position): Path[] {
  if (!position.last || position.compactBits === undefined) return [];
  const classes = powerOfTwoFrom(rowsOf(map));
  const period = path.period ?? powerOfTwoFrom(map.columns);
  if (period > position.costs.params.n / 2 || !endsWell(classes, position)) return [];
  const count = Math.min(classes, period);
  return powersOfTwo(1, count).map((baby) =>
    extend(
      path,
      { form: "classes", classes, baby },
      classes,
      { count, baby, stride: 1, foldStep: 1, folds: [] },
      position,
    ),
  );
}

/** A compact result holds only so many values. */
function endsWell(period: number, { last, compactBits }: Position): boolean {
  return !last || compactBits === undefined || period <= maxCompactPeriod(compactBits);
}

function babySteps(count: number, family: LayoutFamily): number[] {
  if (family === "hybrid") return powersOfTwo(1, count);
  return [count <= 8 ? count : 2 ** Math.ceil(Math.log2(count) / 2)];
}

/** Powers of two from one bound to the other, both included. */
function powersOfTwo(from: number, to: number): number[] {
  const powers: number[] = [];
  for (let power = from; power <= to; power *= 2) powers.push(power);
  return powers;
}

/** The path with one more stage, by what it takes. */
function extend(path: Path, layout: StageLayout, period: number, shape: StageShape, position: Position): Path {
  const { costs, level } = position;
  const added = [...productRotations(costs, shape, level), ...allFoldRotations(shape, level)];
  const rotations = withRotations(path.rotations, added);
  const folds = shape.folds.map((pieces, k) =>
    foldTime(costs, pieces, level, { first: k === 0, alone: shape.folds.length === 1 }),
  );
  const time = folds.reduce((sum, part) => sum + part, path.time + productTime(costs, shape, level));
  return {
    layouts: [...path.layouts, layout],
    period,
    time,
    rotations,
    cost: time + costs.keyWeight(rotationKeyBytes(costs, rotations)),
  };
}

function refuse(stage: LinearStage, network: Network, { costs, compactBits }: LayoutOptions): never {
  const [layer] = stage.layers;
  const slots = costs.params.n / 2;
  if (
    stage === network.stages.at(-1) &&
    compactBits !== undefined &&
    powerOfTwoFrom(network.outputs) > maxCompactPeriod(compactBits)
  ) {
    throw new CompileError(
      layer,
      `has ${network.outputs} outputs, and a compact result of ${compactBits} bits holds ${maxCompactPeriod(compactBits)}`,
      "Compile without compact results, or give the model fewer outputs.",
    );
  }
  throw new CompileError(
    layer,
    `maps ${stage.map.columns} numbers to ${rowsOf(stage.map)}, which fits no layout in ${slots} slots`,
    "Make the layer smaller: larger strides, fewer channels, or pooling before it.",
  );
}
