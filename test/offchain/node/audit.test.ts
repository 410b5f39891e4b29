import { expect } from "chai";

import { isAudited } from "../../../offchain/node/disputes/audit.ts";

const seed = (k: number): `0x${string}` => `0x${k.toString(16).padStart(64, "0")}`;

describe("the lottery of audits", function () {
  this.timeout(20_000);

  it("draws none of a share of nothing and all of a share of one", () => {
    for (let k = 0; k < 50; k++) {
      expect(isAudited(seed(k), BigInt(k), 0)).to.equal(false);
      expect(isAudited(seed(k), BigInt(k), 10_000)).to.equal(true);
    }
  });

  it("draws about the share that was asked for, and depends on seed and request", () => {
    const N = 4000;
    const drawn = Array.from({ length: N }, (_, k) => isAudited(seed(k), 1n, 500));
    const others = Array.from({ length: N }, (_, k) => isAudited(seed(k), 2n, 500));
    // 200 of 4,000 are expected, with a standard deviation of 13.8.
    expect(drawn.filter(Boolean).length).to.be.within(130, 270);
    expect(others).not.to.deep.equal(drawn);
  });
});
