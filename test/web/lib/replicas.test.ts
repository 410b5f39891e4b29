import { expect } from "chai";

import { ETHER } from "../../../offchain/chain/types.ts";
import { possibleReplicas, priceFor } from "../../../web/lib/replicas.ts";

describe("web/lib/replicas", () => {
  it("offers no more nodes than serve the model, and always one", () => {
    expect(possibleReplicas(0)).to.deep.equal([1]);
    expect(possibleReplicas(2)).to.deep.equal([1]);
    expect(possibleReplicas(4)).to.deep.equal([1, 3]);
    expect(possibleReplicas(100)).to.deep.equal([1, 3, 5, 7]);
  });

  it("charges the node fee for each, and everything else once", () => {
    const single = { token: ETHER, modelFee: 100n, nodeFee: 10n, auditFee: 1n, total: 111n };
    expect(priceFor(single, 1)).to.deep.equal(single);
    expect(priceFor(single, 5)).to.deep.equal({ ...single, total: 151n });
  });
});
