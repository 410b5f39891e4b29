import { expect } from "chai";

import { clientOf, RateLimit } from "../../../offchain/storage/rate-limit.ts";

describe("Rate limit", () => {
  it("gives a minute's worth at once, then as time passes, never more than a minute's worth", () => {
    let now = 0;
    const limit = new RateLimit(600, () => now);
    expect(limit.take("a", 600)).to.equal(0);
    expect(limit.take("a", 10)).to.equal(1);
    expect(limit.take("a", 300)).to.equal(30);
    now = 30_000;
    expect(limit.take("a", 300)).to.equal(0);
    expect(limit.take("a", 1)).to.equal(1);
    now = 10_000_000;
    expect(limit.take("a", 600)).to.equal(0);
    expect(limit.take("a", 1)).to.equal(1);
    expect(limit.take("a", 601)).to.equal(Number.POSITIVE_INFINITY);
  });

  it("counts clients apart: an IPv4 address, or an IPv6 network of 64 bits", () => {
    const limit = new RateLimit(10, () => 0);
    expect(limit.take("192.0.2.1", 10)).to.equal(0);
    expect(limit.take("::ffff:192.0.2.1", 1)).to.be.greaterThan(0);
    expect(limit.take("192.0.2.2", 10)).to.equal(0);
    expect(limit.take("2001:db8::1", 10)).to.equal(0);
    expect(limit.take("2001:db8:0:0:ffff:1:2:3", 1)).to.be.greaterThan(0);
    expect(limit.take("2001:db8:0:1::1", 10)).to.equal(0);
    expect(clientOf("::1")).to.equal("0:0:0:0");
    expect(clientOf("fe80::1%eth0")).to.equal("fe80:0:0:0");
    expect(clientOf("2001:0DB8::")).to.equal("2001:db8:0:0");
  });

  it("remembers a bounded number of clients, and forgets the one not seen longest", () => {
    const limit = new RateLimit(10, () => 0);
    limit.take("first", 10);
    limit.take("second", 10);
    for (let i = 0; i < 9_998; i++) limit.take(`client ${i}`, 1);
    expect(limit.take("first", 1)).to.be.greaterThan(0);
    limit.take("one more", 1);
    expect(limit.take("second", 10)).to.equal(0);
    expect(limit.take("first", 1)).to.be.greaterThan(0);
  });
});
