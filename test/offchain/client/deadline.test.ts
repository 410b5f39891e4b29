import { expect } from "chai";

import { patienceOf } from "../../../offchain/client/deadline.ts";
import { LOCAL_PARAMETERS, PUBLIC_PARAMETERS } from "../../../scripts/deploy/parameters.ts";

describe("patienceOf", () => {
  it("leaves time for two nodes to accept and answer", () => {
    for (const { hub } of [LOCAL_PARAMETERS, PUBLIC_PARAMETERS]) {
      const two = 2 * (hub.acceptWindow + hub.postWindow);
      expect(patienceOf(hub, 1)).to.be.at.least(two);
      expect(patienceOf(hub, 3), "and for several to reveal").to.be.at.least(two + hub.revealWindow);
    }
  });

  it("stays within what the hub takes, with time for the transaction to be mined, whatever is asked for", () => {
    for (const { hub } of [LOCAL_PARAMETERS, PUBLIC_PARAMETERS]) {
      for (const wanted of [undefined, 0, 1, 1e3, 1e12]) {
        const seconds = patienceOf(hub, 3, wanted);
        expect(Number.isInteger(seconds)).to.equal(true);
        expect(seconds).to.be.greaterThan(hub.minimumTime);
        expect(seconds).to.be.lessThan(hub.maximumTime);
      }
    }
  });
});
