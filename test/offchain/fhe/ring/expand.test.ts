import { createHash } from "node:crypto";

import { expect } from "chai";

import { expandUniform } from "../../../../offchain/fhe/ring/expand.ts";
import vectors from "../../../vectors/ring.json" with { type: "json" };

describe("uniform polynomials from a seed", () => {
  it("reproduces the vectors", () => {
    for (const { seed, label, prime, n, first, sha256 } of vectors.expand) {
      const residues = expandUniform(Buffer.from(seed, "hex"), label, prime, n);
      expect([...residues.subarray(0, first.length)]).to.deep.equal(first);
      const bytes = Buffer.alloc(4 * n);
      residues.forEach((x, i) => bytes.writeUInt32LE(x, 4 * i));
      expect(createHash("sha256").update(bytes).digest("hex")).to.equal(sha256);
    }
  });

  it("depends on seed, label and prime", () => {
    const seed = new Uint8Array(32);
    const base = expandUniform(seed, "digit/0", 1073692673, 16);
    const other = new Uint8Array(32);
    other[31] = 1;
    expect(expandUniform(other, "digit/0", 1073692673, 16)).to.not.deep.equal(base);
    expect(expandUniform(seed, "digit/1", 1073692673, 16)).to.not.deep.equal(base);
    expect(expandUniform(seed, "digit/0", 1073643521, 16)).to.not.deep.equal(base);
  });

  it("refuses seeds, labels and primes it does not define", () => {
    expect(() => expandUniform(new Uint8Array(31), "a", 7340033, 4)).to.throw(RangeError, "32 bytes");
    expect(() => expandUniform(new Uint8Array(32), "é", 7340033, 4)).to.throw(RangeError, "ASCII");
    expect(() => expandUniform(new Uint8Array(32), "a", 2 ** 30, 4)).to.throw(RangeError, "modulus");
    expect(() => expandUniform(new Uint8Array(32), "a", 12289, 4)).to.throw(RangeError, "modulus");
  });
});
