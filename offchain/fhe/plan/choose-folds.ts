/**
 * Chooses how many pieces each fold adds up. Pairs need the fewest keys and are all there is where every rotation decomposes by itself; where rotations are hoisted, a fold of four costs
 * one decomposition in place of two, and one key more.
 */
import type { CostModel } from "./cost-model.ts";
import { foldsInPairs } from "./diagonals.ts";
import { addedKeyBytes, foldRotations, foldTime, type KeyLevels } from "./stage-cost.ts";

/** Pieces a fold may add up. */
const PIECES = [2, 4, 8];

interface Choice {
  readonly folds: readonly number[];
  readonly cost: number;
}

/** What a megabyte of keys may weigh: little while there are few, and more once there are many. */
const KEY_WEIGHTS = [0.75, 3];

/**
 * The cheapest folds, in order, by dynamic programming over what is left to fold: one choice for each weight of keys.
 *
 * @param step of the first fold
 * @param pieces to be added up in all, a power of two
 * @param level the stage begins at
 * @param used keys there are already
 */
export function chooseFolds(
  costs: CostModel,
  step: number,
  pieces: number,
  level: number,
  used: KeyLevels,
): readonly (readonly number[])[] {
  if (costs.semantics === "seal-4.1" || pieces <= 2) return [foldsInPairs(pieces)];
  // For every step and number of pieces.
  const megabytes = new Map<number, number>();
  const keyMegabytes = (at: number, count: number): number => {
    const name = at * Math.max(...PIECES) + count - 1;
    let known = megabytes.get(name);
    if (known === undefined) {
      known = addedKeyBytes(costs, used, foldRotations({ step: at, pieces: count }, level)) / 1e6;
      megabytes.set(name, known);
    }
    return known;
  };
  const choices = KEY_WEIGHTS.map((weight) =>
    cheapest(costs, pieces, level, (at, count) => weight * keyMegabytes(at * step, count)),
  );
  return choices.filter((folds, k) => choices.findIndex((other) => other.join() === folds.join()) === k);
}

function cheapest(
  costs: CostModel,
  pieces: number,
  level: number,
  keyCost: (at: number, count: number) => number,
): readonly number[] {
  // best[k]: the cheapest way to add up 2^k pieces.
  const best: Choice[] = [{ folds: [], cost: 0 }];
  for (let total = 2; total <= pieces; total *= 2) {
    const choices = PIECES.filter((count) => count <= total).map((count): Choice => {
      const done = best[Math.log2(total / count)];
      const time = foldTime(costs, count, level, { first: done.folds.length === 0, alone: false });
      return { folds: [...done.folds, count], cost: done.cost + time + keyCost(total / count, count) };
    });
    best.push(choices.reduce((a, b) => (b.cost < a.cost ? b : a)));
  }
  return best[best.length - 1].folds;
}
