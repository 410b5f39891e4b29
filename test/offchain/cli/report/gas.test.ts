import { readFileSync } from "node:fs";

import { expect } from "chai";

import { CALL_GAS, estimateGas, postGas } from "../../../../offchain/cli/report/gas.ts";

/** Contracts may change by as much before what owners are told must be measured again. */
const TOLERANCE = 0.2;

const measured = JSON.parse(readFileSync(new URL("../../../contracts/gas.json", import.meta.url), "utf8")) as Record<
  string,
  number
>;

describe("gas of a request", () => {
  it("is told as the contracts' own test measured it", () => {
    for (const [name, told] of Object.entries({ ...CALL_GAS, "post 2112 bytes": postGas(2_112) })) {
      expect(told, name).to.be.closeTo(measured[name], measured[name] * TOLERANCE);
    }
  });

  it("grows with an inline result, and not with a blob", () => {
    const of = (bytes: number) => estimateGas(bytes).total;
    expect(of(2_488)).to.be.greaterThan(of(2_152));
    // More than calldata alone (16 a byte), less than storage would take (20,000 a word).
    expect((of(2_488) - of(2_152)) / 336).to.be.within(16, 625);
    expect(of(8_192)).to.be.greaterThan(of(8_193));
    expect(of(8_193)).to.equal(of(1e7));
    expect([estimateGas(8_192).inline, estimateGas(8_193).inline]).to.deep.equal([true, false]);
  });

  it("adds up", () => {
    const { request, node, total } = estimateGas(2_112);
    expect(total).to.equal(request + node + CALL_GAS.assign + CALL_GAS.settle);
  });
});
