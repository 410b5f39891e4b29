import { readFileSync } from "node:fs";

import { expect } from "chai";

import { parsePlan } from "../../../offchain/fhe/plan/canonical.ts";
import { staircaseOf } from "../../../web/lib/plan-staircase.ts";

const vector = JSON.parse(readFileSync(new URL("../../vectors/plan.json", import.meta.url), "utf8")) as {
  readonly canonicalJson: string;
};

describe("web/lib/plan-staircase", () => {
  it("counts what the plan by hand does, layer by layer", () => {
    const checked = parsePlan(new TextEncoder().encode(vector.canonicalJson));
    expect(staircaseOf(checked)).to.deep.equal({
      levelBefore: 4,
      layers: [
        { name: "first", kind: "dense", levelAfter: 3, rotations: 1, products: 2 },
        { name: "square", kind: "square", levelAfter: 2, rotations: 0, products: 1 },
        { name: "last", kind: "dense", levelAfter: 1, rotations: 1, products: 1 },
      ],
      params: checked.plan.params.id,
      instructions: 15,
    });
  });
});
