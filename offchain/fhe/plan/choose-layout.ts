/** Chooses, stage by stage, how matrices are split over the slots: by a search over the splits there are, with the cost of time and keys. */
import { rowsOf, type MatrixMap, type WindowsMap } from "./affine-map.ts";
import { bitCandidates } from "./choose-bits.ts";
import { gridCandidates, startsOnGrids } from "./choose-grid.ts";
import { CompileError } from "./errors.ts";
import type { LinearStage, Network } from "./fold.ts";
import { headsOf } from "./heads.ts";
import {
  endsWell,
  extend,
  foldsOf,
  powersOfTwo,
  taken,
  tooManyProducts,
  type LayoutFamily,
  type LayoutOptions,
  type Candidate,
  type Path,
  type Position,
  type StageLayout,
} from "./layout-path.ts";
import { powerOfTwoFrom } from "./packing.ts";
import type { SplitNetwork } from "./split.ts";

/** Paths that are kept after each stage: without a grid, and on each grid of each way to lie in the slots. */
const BEAM = 64;
const GRID_BEAM = 12;

/** Layouts of a network. */
export interface ChosenLayouts {
  /** One a linear stage, in order. */
  readonly layouts: readonly StageLayout[];
  /** What they cost by the cost model: time, and keys by their weight. */
  readonly cost: number;
}

/**
 * Chooses a layout for every linear stage of a network, one for all of its blocks.
 *
 * @throws CompileError naming the first layer that fits no layout of these parameters
 */
export function chooseLayouts({ like, stages }: SplitNetwork, options: LayoutOptions): ChosenLayouts {
  let paths = startsOf(like, options);
  let level = stages.length + 1;
  stages.forEach((stage, index) => {
    if (stage.kind === "square") {
      paths = paths.map((path) => (path.held === undefined ? { ...path, held: densely(stage.like.size) } : path));
    } else {
      const last = index === stages.length - 1;
      const [operands, results] = [stage.blocks[0].length, stage.blocks.length];
      const heads = last ? headsOf(stage.like, options.compactBits) : [{ stage: stage.like }];
      const position = { ...options, first: index === 0, last, level, operands, results: results * heads.length };
      const next = paths.flatMap((path) => candidates(heads[0].stage, path, position));
      if (next.length === 0) refuse(stage.like, options);
      paths = bestOfEachKind(next);
    }
    level--;
  });
  return paths[0];
}

/** The paths of no stage at all: without a grid, and on each grid there is. */
function startsOf(network: Network, { family }: LayoutOptions): Path[] {
  const start = {
    kind: 0,
    layouts: [],
    held: undefined,
    onGrid: undefined,
    time: 0,
    rotations: new Map(),
    keyBytes: 0,
    cost: 0,
  };
  const grids = family === "hybrid" ? startsOnGrids(network) : [];
  return [start, ...grids.map((onGrid, k): Path => ({ ...start, kind: k + 1, onGrid }))];
}

/**
 * Grids cost more at first and less later, and by how the value lies afterwards: so each grid is judged by itself until the end, and each way to lie on it.
 */
function bestOfEachKind(found: readonly Candidate[]): Path[] {
  const kept = new Map<string, number>();
  return found
    .toSorted((a, b) => a.cost - b.cost)
    .filter(({ kind, held }) => {
      const name = kind === 0 ? "" : [kind, held?.period, held?.copies].join();
      const count = (kept.get(name) ?? 0) + 1;
      kept.set(name, count);
      return count <= (kind === 0 ? BEAM : GRID_BEAM);
    })
    .map(taken);
}

function densely(size: number): Path["held"] {
  return { period: powerOfTwoFrom(size), copies: [] };
}

function candidates(stage: LinearStage, path: Path, position: Position): Candidate[] {
  const { map } = stage;
  // On a grid a stage has its rows where they fall.
  if (path.onGrid !== undefined)
    return position.last && position.results > 1 ? [] : gridCandidates(path, path.onGrid, position);
  if (path.held !== undefined && path.held.copies.length > 0)
    return [...bitCandidates(path, path.held, rowsOf(map), position), ...classCandidates(map, path, position)];
  const shapes = position.first && map.kind === "windows" ? [windowsShape(map)] : [];
  const matrices = [...shapes, matrixShape(map, path.held?.period)];
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

function diagonalCandidates(shape: Shape, path: Path, position: Position): Candidate[] {
  const { form, columns, stride, rows } = shape;
  const found: Candidate[] = [];
  const least = Math.max(1, rows / columns);
  const most = position.family === "diagonal" || position.last ? least : rows;
  const slots = position.costs.params.n / 2;
  for (let groups = least; groups <= most && groups * columns * stride <= slots; groups *= 2) {
    const count = rows / groups;
    const period = (groups === 1 ? count : groups * columns) * stride;
    if (tooManyProducts(count, position) || !endsWell(period, position)) continue;
    for (const baby of babySteps(count, position.family)) {
      const products = { products: count, progressions: [{ step: stride, count, baby }] };
      const pieces = [{ step: count * stride, count: Math.max(1, columns / count) }];
      for (const folds of foldsOf(pieces, products, path, position)) {
        const layout = { form, groups, baby, folds: folds.map(({ pieces: added }) => added) };
        found.push(extend(path, layout, after(period), { ...products, folds }, position));
      }
    }
  }
  return found;
}

function after(period: number): Pick<Path, "held" | "onGrid"> {
  return { held: { period, copies: [] }, onGrid: undefined };
}

function classCandidates(map: WindowsMap | MatrixMap, path: Path, position: Position): Candidate[] {
  if (!position.last || position.compactBits === undefined) return [];
  const classes = powerOfTwoFrom(rowsOf(map));
  const period = path.held?.period ?? powerOfTwoFrom(map.columns);
  const count = Math.min(classes, period);
  const tooLarge = period > position.costs.params.n / 2 || tooManyProducts(count, position);
  if (tooLarge || !endsWell(classes, position)) return [];
  return powersOfTwo(1, count).map((baby) =>
    extend(
      path,
      { form: "classes", classes, baby },
      after(classes),
      { products: count, progressions: [{ step: 1, count, baby }], folds: [] },
      position,
    ),
  );
}

function babySteps(count: number, family: LayoutFamily): number[] {
  if (family === "hybrid") return powersOfTwo(1, count);
  return [count <= 8 ? count : 2 ** Math.ceil(Math.log2(count) / 2)];
}

function refuse(stage: LinearStage, { costs }: LayoutOptions): never {
  const slots = costs.params.n / 2;
  throw new CompileError(
    stage.layers[0],
    `maps ${stage.map.columns} numbers to ${rowsOf(stage.map)}, which fits no layout in ${slots} slots`,
    "Make the layer smaller: larger strides, fewer channels, or pooling before it.",
  );
}
