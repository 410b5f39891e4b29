import { expect } from "chai";

import { refusalOf } from "../../../../offchain/cli/report/figures.ts";

const hits = (right: number, of: number) => ({ right, of });

describe("refusing a model whose accuracy drops", () => {
  it("allows a drop up to the share given, and not beyond", () => {
    const plain = hits(980, 1000);
    expect(refusalOf({ plain, clear: hits(975, 1000), encrypted: undefined }, 0.005)).to.equal(undefined);
    expect(refusalOf({ plain, clear: hits(974, 1000), encrypted: undefined }, 0.005)).to.match(/6 of 1000 .*0\.0060/);
    expect(refusalOf({ plain, clear: hits(990, 1000), encrypted: undefined }, 0)).to.equal(undefined);
  });

  it("judges encryption by the inputs that were encrypted", () => {
    const clear = { plain: hits(98, 100), clear: hits(98, 100) };
    expect(refusalOf({ ...clear, encrypted: { ...hits(9, 10), plain: 9 } }, 0)).to.equal(undefined);
    expect(refusalOf({ ...clear, encrypted: { ...hits(9, 10), plain: 10 } }, 0.05)).to.match(/1 of 10 .*encryption/);
    expect(refusalOf({ ...clear, encrypted: { ...hits(9, 10), plain: 10 } }, 0.1)).to.equal(undefined);
  });
});
