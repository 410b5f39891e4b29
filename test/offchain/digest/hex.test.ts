import { expect } from "chai";
import fc from "fast-check";

import { concatBytes, equalBytes, wordBytes, writeU64 } from "../../../offchain/digest/bytes.ts";
import { HexFormatError } from "../../../offchain/digest/errors.ts";
import { bytes32, fromHex, isBytes32, toHex } from "../../../offchain/digest/hex.ts";

describe("Hexadecimal and bytes", function () {
  this.timeout(20_000);

  it("agree with Buffer, both ways", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(toHex(bytes)).to.equal(`0x${Buffer.from(bytes).toString("hex")}`);
        expect(fromHex(toHex(bytes), bytes.length)).to.deep.equal(new Uint8Array(bytes));
      }),
    );
  });

  it("accept one spelling only, and do not quote the value", () => {
    for (const bad of ["", "0", "0x0", "0xAB", "ab", "0xgg", "0x 1", "0X00", "0x00\n"]) {
      expect(() => fromHex(bad), JSON.stringify(bad)).to.throw(HexFormatError);
    }
    expect(() => fromHex("0xdeadbeef", 5))
      .to.throw(HexFormatError)
      .with.property("message")
      .that.does.not.include("dead");
  });

  it("bring 32 bytes to canonical form", () => {
    const upper = `0x${"AB".repeat(32)}`;
    expect(bytes32(upper)).to.equal(upper.toLowerCase());
    expect(isBytes32(upper)).to.equal(false);
    for (const bad of ["0x", upper.slice(2), `${upper}00`, `${upper.slice(0, -1)}g`]) {
      expect(() => bytes32(bad)).to.throw(HexFormatError);
    }
  });

  it("write u64 as Buffer does", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const expected = Buffer.alloc(10);
        expected.writeBigUInt64BE(BigInt(value), 1);
        const out = new Uint8Array(10);
        writeU64(out, 1, value);
        expect(toHex(out)).to.equal(toHex(expected));
      }),
    );
    for (const bad of [-1, 0.5, 2 ** 53]) expect(() => writeU64(new Uint8Array(8), 0, bad)).to.throw(RangeError);
  });

  it("join, compare and view", () => {
    expect(concatBytes(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).to.deep.equal(Uint8Array.of(1, 2, 3));
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).to.equal(true);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).to.equal(false);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).to.equal(false);
    expect(toHex(wordBytes(Uint32Array.of(0, 0x01020304).subarray(1)))).to.equal("0x04030201");
  });
});
