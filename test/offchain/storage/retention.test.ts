import { expect } from "chai";

import type { Bytes32 } from "../../../offchain/digest/hex.ts";
import { Retention } from "../../../offchain/storage/retention.ts";

const root = (k: number): Bytes32 => `0x${k.toString(16).padStart(64, "0")}`;

describe("Retention", () => {
  /** Three blobs of ten bytes, stored at 1, 2 and 3 s; idle after 5 s. */
  const three = () => {
    const retention = new Retention(5000);
    for (const k of [1, 2, 3]) retention.stored(root(k), 10, 1000 * k);
    return retention;
  };

  it("gives up the longest unused first, and no more than is needed", () => {
    expect(three().removable(10, 60_000)).to.deep.equal([root(1)]);
    expect(three().removable(11, 60_000)).to.deep.equal([root(1), root(2)]);
  });

  it("counts a use as new", () => {
    const retention = three();
    expect(retention.used(root(1), 4000)).to.equal(3000);
    expect(retention.removable(10, 60_000)).to.deep.equal([root(2)]);
    expect(retention.used(root(9), 4000), "a blob that is not there").to.equal(0);
  });

  it("keeps what was used within the idle time", () => {
    expect(three().removable(20, 7000)).to.deep.equal([root(1), root(2)]);
    expect(three().removable(20, 6999)).to.deep.equal([]);
  });

  it("removes nothing when what may go would not be enough", () => {
    expect(three().removable(31, 60_000)).to.deep.equal([]);
  });

  it("keeps what is held until the hold ends, the longer of two", () => {
    const retention = three();
    retention.hold(root(1), 61_000);
    retention.hold(root(1), 60_000);
    expect(retention.removable(10, 60_500)).to.deep.equal([root(2)]);
    expect(retention.removable(10, 61_000)).to.deep.equal([root(1)]);
  });

  it("remembers a hold on a blob that comes later or comes back", () => {
    const retention = three();
    retention.hold(root(1), 90_000);
    retention.gone(root(1));
    retention.stored(root(1), 10, 4000);
    expect(retention.removable(30, 60_000)).to.deep.equal([]);
    expect(retention.removable(20, 60_000)).to.deep.equal([root(2), root(3)]);
  });

  it("takes over what was there before in the order of its use", () => {
    const retention = new Retention(0);
    retention.begin([2, 1, 3].map((k) => ({ root: root(k), size: 10, usedAt: 1000 * k })));
    expect(retention.removable(30, 60_000)).to.deep.equal([root(1), root(2), root(3)]);
  });
});
