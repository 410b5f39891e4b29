import { expect } from "chai";

import type { Bytes32 } from "../../../../offchain/digest/hex.ts";
import { Raw } from "../../../../offchain/fhe/ckks/raw.ts";
import {
  release,
  RELEASE_BUDGET,
  Released,
  releaseStep,
  type ReleaseLedger,
} from "../../../../offchain/fhe/result/released.ts";
import { keySet, named32, source } from "./fixture.ts";

/** A ledger that forgets when the test ends. */
function ledgerOf(spent: Record<string, number> = {}): ReleaseLedger & { readonly spent: Record<string, number> } {
  return {
    spent,
    spend(id: Bytes32, values: number, budget: number): Promise<number | undefined> {
      const next = (spent[id] ?? 0) + values;
      if (next > budget) return Promise.resolve(undefined);
      spent[id] = next;
      return Promise.resolve(next);
    },
  };
}

const opened = (values: readonly number[], errorBound: number): { values: Raw; errorBound: number } => ({
  values: new Raw(Float64Array.from(values)),
  errorBound,
});

describe("Released values", () => {
  it("are multiples of a power of two that is sixteen error bounds or more, and less than twice that", () => {
    for (const bound of [1e-6, 0.0136, 0.0625, 0.056, 3]) {
      const step = releaseStep(bound);
      expect(Math.log2(step) % 1).to.equal(0);
      expect(step / bound).to.be.within(16, 32);
    }
    expect(releaseStep(1 / 16)).to.equal(1);
  });

  it("are what was decrypted, give or take the noise and the rounding", async () => {
    const values = [100, -37.5, 0, 8];
    const released = await release({ opened: opened(values, 0.01), keySet, ledger: ledgerOf(), random: source("r") });
    expect(released.step).to.equal(0.25);
    released.values().forEach((value, i) => {
      expect((value / 0.25) % 1).to.be.closeTo(0, 0);
      // Four uniforms of (−½, ½) times √3/4 reach 0.87 of a step, and rounding half a step.
      expect(Math.abs(value - values[i])).to.be.below(0.25 * 1.37);
    });
  });

  it("carry noise of a quarter step, so that rounding does not show on which side of a border a value was", async () => {
    const count = 4_000;
    // Whole steps: what is not rounded back to them was moved by more than half a step, two deviations.
    const released = await release({
      opened: opened(new Array<number>(count).fill(5), 1 / 16),
      keySet,
      ledger: ledgerOf(),
      random: source("noise"),
    });
    const moved = released.multiples.filter((multiple) => multiple !== 5).length / count;
    // Exactly 2·(2 − 2/√3)^4/24 = 0.0426.
    expect(moved).to.be.within(0.03, 0.056);
    const border = await release({
      opened: opened(new Array<number>(90).fill(5.5), 1 / 16),
      keySet,
      ledger: ledgerOf(),
      random: source("border"),
    });
    const up = border.multiples.filter((multiple) => multiple === 6).length;
    expect(up).to.be.within(20, 70);
  });

  it("count against the key set's budget, and stop at it", async () => {
    const ledger = ledgerOf();
    const half = new Array<number>(RELEASE_BUDGET / 2).fill(1);
    await release({ opened: opened(half, 0.1), keySet, ledger });
    await release({ opened: opened(half, 0.1), keySet, ledger });
    expect(ledger.spent[keySet]).to.equal(RELEASE_BUDGET);
    const refused = await release({ opened: opened([1], 0.1), keySet, ledger }).catch((error: unknown) => error);
    expect(refused).to.have.property("code", "RELEASE_BUDGET");
    await release({ opened: opened([1], 0.1), keySet: named32("another set"), ledger });
    expect(ledger.spent[keySet]).to.equal(RELEASE_BUDGET);
  });

  it("are the same when the same decryption is released again, and cost nothing more", async () => {
    const ledger = ledgerOf();
    const once = opened([1, 2, 3], 0.1);
    const [first, second] = await Promise.all([
      release({ opened: once, keySet, ledger }),
      release({ opened: once, keySet, ledger }),
    ]);
    expect(second).to.equal(first);
    expect(ledger.spent[keySet]).to.equal(3);
  });

  it("can be asked for again after a refusal", async () => {
    const ledger = ledgerOf({ [keySet]: RELEASE_BUDGET });
    const once = opened([1], 0.1);
    const refused = await release({ opened: once, keySet, ledger }).catch((error: unknown) => error);
    expect(refused).to.have.property("code", "RELEASE_BUDGET");
    ledger.spent[keySet] = 0;
    expect(await release({ opened: once, keySet, ledger })).to.be.instanceOf(Released);
  });

  it("are refused where a value or its bound is not a number, before anything is counted", async () => {
    const ledger = ledgerOf();
    for (const wrong of [
      opened([NaN], 0.1),
      opened([Infinity], 0.1),
      opened([1], 0),
      opened([1], NaN),
      opened([1], Infinity),
    ]) {
      const refused = await release({ opened: wrong, keySet, ledger }).catch((error: unknown) => error);
      expect(refused).to.have.property("code", "RELEASE_NOT_FINITE");
    }
    expect(ledger.spent).to.deep.equal({});
  });

  it("are told from anything that looks like them, and cannot be changed", async () => {
    const released = await release({ opened: opened([1], 0.1), keySet, ledger: ledgerOf() });
    expect(Released.is(released)).to.equal(true);
    const { keySet: id, step, multiples } = released;
    expect(Released.is({ keySet: id, step, multiples })).to.equal(false);
    expect(Released.is(Object.create(Released.prototype))).to.equal(false);
    expect(Object.isFrozen(released)).to.equal(true);
    expect(Object.isFrozen(released.multiples)).to.equal(true);
    expect(JSON.parse(JSON.stringify(released))).to.have.all.keys("keySet", "step", "multiples");
  });
});
