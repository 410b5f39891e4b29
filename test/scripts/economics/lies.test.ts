import { readFileSync } from "node:fs";

import { expect } from "chai";
import fc from "fast-check";

import { LOCAL_PARAMETERS, PUBLIC_PARAMETERS } from "../../../scripts/deploy/parameters.ts";
import { bondAgainstMadeUpAnswers, ether, payoutOf, table } from "../../../scripts/economics/lies.ts";

describe("the economics of lies", () => {
  it("stand in SECURITY.md as they are computed", () => {
    const security = readFileSync(new URL("../../../SECURITY.md", import.meta.url), "utf8");
    expect(security.includes(table(PUBLIC_PARAMETERS)), "run `npm run economics` and put its table there").to.equal(
      true,
    );
  });

  it("share a pot without a wei too many or too few, nobody above the fee", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 20n), fc.bigInt(1n, 15n), (pot, jurors) => {
        const { jurors: paid, challenger, burned } = payoutOf(pot, jurors, PUBLIC_PARAMETERS);
        expect(paid + challenger + burned).to.equal(pot);
        expect(burned >= 0n).to.equal(true);
        expect(paid <= jurors * PUBLIC_PARAMETERS.disputes.jurorFee).to.equal(true);
        expect(challenger <= PUBLIC_PARAMETERS.disputes.challengerFee).to.equal(true);
      }),
    );
  });

  it("name the bond from which made-up answers lose on average, and not a smaller one", () => {
    for (const parameters of [PUBLIC_PARAMETERS, LOCAL_PARAMETERS]) {
      const audited = parameters.disputes.auditBps / 10_000;
      const bond = Number(bondAgainstMadeUpAnswers(parameters));
      const expected = (fees: number): number => 1 - audited - audited * fees;
      expect(expected(bond)).to.be.at.most(1e-9);
      expect(expected(bond - 1)).to.be.above(0);
    }
  });

  it("write amounts of ether", () => {
    expect([0n, 1n, 10n ** 18n, 25n * 10n ** 14n].map(ether)).to.deep.equal([
      "0",
      "0.000000000000000001",
      "1",
      "0.0025",
    ]);
  });
});
