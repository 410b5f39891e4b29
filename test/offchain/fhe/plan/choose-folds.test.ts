import { expect } from "chai";
import { N8192_D6_S1, N8192_D6_S2 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import { chooseFolds } from "../../../../offchain/fhe/plan/choose-folds.ts";
import { costModel } from "../../../../offchain/fhe/plan/cost-model.ts";
import {
  addedKeyBytes,
  allFoldRotations,
  foldsFrom,
  foldTime,
  withRotations,
} from "../../../../offchain/fhe/plan/stage-cost.ts";

const sealed = costModel("seal-4.1", N8192_D6_S1.set);
const hoisted = costModel("hoisted-1", N8192_D6_S2.set);
const none = new Map<number, number>();

/** The rotations of folds that begin with a step. */
function stepsOf(folds: readonly number[], foldStep: number): number[] {
  return allFoldRotations(foldsFrom(foldStep, folds), 6).map(([step]) => step);
}

describe("choosing folds", () => {
  it("adds up pairs where every rotation decomposes by itself", () => {
    expect(chooseFolds(sealed, 256, 16, 6, none)).to.deep.equal([[2, 2, 2, 2]]);
  });

  it("adds up four at once where rotations are hoisted, and pairs where keys weigh more", () => {
    const choices = chooseFolds(hoisted, 256, 16, 6, none);
    expect(choices[0]).to.deep.equal([4, 4]);
    expect(choices.at(-1)).to.deep.equal([2, 2, 2, 2]);
    for (let pieces = 1; pieces <= 256; pieces *= 2) {
      for (const folds of chooseFolds(hoisted, 1, pieces, 6, none))
        expect(folds.reduce((product, count) => product * count, 1)).to.equal(pieces);
    }
  });

  it("takes keys there are already for nothing", () => {
    const used = new Map(stepsOf([4, 4], 256).map((step) => [step, 6]));
    for (const folds of chooseFolds(hoisted, 256, 16, 6, used)) expect(folds).to.deep.equal([4, 4]);
  });

  it("counts the rotations a fold makes, each a multiple of its step", () => {
    expect(stepsOf([4, 2], 8)).to.deep.equal([8, 16, 24, 32]);
  });

  it("has the bytes that rotations add be those of all keys less those there were", () => {
    const used = new Map([
      [1, 6],
      [2, 3],
    ]);
    const added = [
      [1, 5],
      [2, 4],
      [3, 2],
      [3, 6],
      [4, 1],
    ] as const;
    const bytesOf = (keys: ReadonlyMap<number, number>): number =>
      [...keys.values()].reduce((sum, level) => sum + hoisted.keyBytes(level), 0);
    expect(addedKeyBytes(hoisted, used, added)).to.equal(bytesOf(withRotations(used, added)) - bytesOf(used));
  });

  it("has a fold of four cost less than two of pairs, and a key of pairs of primes four sevenths of one of single ones", () => {
    const pair = foldTime(hoisted, 2, 6, { first: false, alone: false });
    expect(foldTime(hoisted, 4, 6, { first: false, alone: false })).to.be.below(1.6 * pair);
    expect(hoisted.keyBytes(6)).to.equal(3 * 8 * 30_720);
    expect(sealed.keyBytes(6)).to.equal(6 * 7 * 30_720);
  });
});

describe("the cost model", () => {
  it("grows with the level, and has a rotation cost what its parts do", () => {
    for (const operation of ["decompose", "turnExt", "modDown", "rescale", "relineariseExt"] as const) {
      const times = [2, 3, 4, 5, 6].map((level) => hoisted.milliseconds(operation, level));
      expect(times).to.deep.equal(times.toSorted((a, b) => a - b));
    }
    const parts = hoisted.milliseconds("decompose", 4) + hoisted.milliseconds("turn", 4);
    expect(hoisted.milliseconds("keySwitch", 4)).to.be.closeTo(parts, 1e-9);
  });

  it("weighs keys more once there are many", () => {
    const slope = (from: number): number => hoisted.keyWeight(from + 1e6) - hoisted.keyWeight(from);
    expect(slope(20e6)).to.be.above(2 * slope(1e6));
    expect(sealed.keyWeight(2e7)).to.be.closeTo(2 * sealed.keyWeight(1e7), 1e-9);
  });

  it("knows no hoisting in seal-4.1", () => {
    expect(() => sealed.milliseconds("decompose", 3)).to.throw(RangeError);
  });
});
