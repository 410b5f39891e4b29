import { expect } from "chai";

import { gather } from "../../../offchain/digest/gather.ts";
import { release } from "../../../offchain/digest/release.ts";

describe("memory given back", () => {
  it("leaves an array of its own empty", () => {
    const array = new Uint32Array(1000);
    release(array);
    expect(array.length).to.equal(0);
    release(array);
  });

  it("does not touch an array that others share", () => {
    const whole = new Uint8Array(10).fill(7);
    release(whole.subarray(2));
    expect([...whole]).to.deep.equal(Array.from({ length: 10 }, () => 7));
  });

  it("is that of a gathered stream, too, which has as many bytes as came", async () => {
    const pieces = [Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(3)];
    const gathered = await gather(pieces, 5);
    expect([...gathered]).to.deep.equal([1, 2, 3]);
    release(gathered);
    expect(gathered.length).to.equal(0);
  });

  it("is never more than was allowed", async () => {
    const failed: unknown = await gather([new Uint8Array(3), new Uint8Array(3)], 5).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(RangeError);
  });
});
