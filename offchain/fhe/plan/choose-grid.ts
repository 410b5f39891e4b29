/** Layouts on grids, for networks that begin with a run of convolutions. */
import { toMatrix } from "./affine-map.ts";
import { chooseFolds } from "./choose-folds.ts";
import { foldsFrom, type Fold } from "./stage-cost.ts";
import type { Held } from "./bit-layout.ts";
import type { Network } from "./fold.ts";
import { isImage, gridsFor, type ImageStage } from "./grid.ts";
import {
  copyFolds,
  countProducts,
  gridProgressions,
  groupsOnGrid,
  heldOnGrid,
  idleBits,
  lanesEach,
  placedOnGrid,
  pooledOnGrid,
  stepOnGrid,
  type OnGrid,
} from "./grid-layout.ts";
import {
  choicesOf,
  endsWell,
  extend,
  foldsOf,
  powersOfTwo,
  tooManyProducts,
  type After,
  type Candidate,
  type Path,
  type Position,
} from "./layout-path.ts";

/** The first linear stages of a network as long as they are maps between images. */
export function imageStages({ stages }: Network): ImageStage[] {
  const run: ImageStage[] = [];
  for (const [index, stage] of stages.entries()) {
    if (stage.kind === "square") {
      if (index === 0) break;
      continue;
    }
    const { map, from, to } = stage;
    if (!isImage(from) || !isImage(to)) break;
    run.push({ map: toMatrix(map), from, to });
  }
  return run;
}

/** The grids a network may begin on. */
export function startsOnGrids(network: Network): OnGrid[] {
  const stages = imageStages(network);
  return stages.flatMap((_, k) => gridsFor(stages.slice(0, k + 1)).map(placedOnGrid));
}

/** The path with the next step of its grid. */
export function gridCandidates(path: Path, onGrid: OnGrid, position: Position): Candidate[] {
  const pooled = pooledOnGrid(onGrid);
  const plain = stepCandidates(path, onGrid, [], position);
  if (pooled === undefined) return plain;
  const { costs, level } = position;
  const ways = chooseFolds(costs, pooled.fold.step, pooled.fold.count, level + 1, path.rotations);
  const after = ways.flatMap((pieces) => stepCandidates(path, pooled, foldsFrom(pooled.fold.step, pieces), position));
  return [...plain, ...after];
}

function stepCandidates(path: Path, onGrid: OnGrid, pools: readonly Fold[], position: Position): Candidate[] {
  const { grid, at } = onGrid;
  const { phases, positions } = grid;
  const found: Candidate[] = [];
  for (const groups of groupsOnGrid(onGrid, position.costs.params.n / 2)) {
    const after = stepOnGrid(onGrid, groups);
    const products = countProducts(onGrid, groups);
    if (tooManyProducts(products, position)) continue;
    const each = lanesEach(grid, at, groups);
    const runs = [{ step: positions * each, count: Math.max(1, onGrid.lanes / each) }];
    for (const babies of babySteps(onGrid, groups)) {
      const shape = { pools, products, progressions: gridProgressions(onGrid, groups, babies) };
      for (const folded of foldsOf(runs, shape, path, position)) {
        for (const end of endings(after)) {
          if (!endsWell(end.held.period, position)) continue;
          const { copied } = end;
          const folds = [...folded, ...copyFolds(copied)];
          const layout = {
            form: "grid" as const,
            run: grid.steps.length,
            phases,
            groups,
            pools,
            babies,
            folds,
            copied,
          };
          found.push(extend(path, layout, end, { ...shape, folds }, position));
        }
      }
    }
  }
  return found;
}

/** What may be done after a step: nothing as long as others follow, and after the last one copies where there is room. */
function endings(after: OnGrid): (After & { readonly held: Held; readonly copied: readonly number[] })[] {
  if (after.at < after.grid.steps.length) return [{ held: heldOnGrid(after), onGrid: after, copied: [] }];
  const idle = idleBits(after);
  return (idle.length > 0 ? [[], idle] : [[]]).map((copied) => ({
    held: heldOnGrid(after, copied),
    onGrid: undefined,
    copied,
  }));
}

/** Numbers of baby steps in each of the three progressions. */
function babySteps(onGrid: OnGrid, groups: number): number[][] {
  const [columns, rows, lanes] = gridProgressions(onGrid, groups, [1, 1, 1]);
  const some = (count: number): number[] => [...new Set([1, Math.ceil(Math.sqrt(count)), count])];
  return choicesOf([some(columns.count), some(rows.count), powersOfTwo(1, lanes.count)]);
}
