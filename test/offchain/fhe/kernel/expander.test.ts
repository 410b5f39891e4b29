import { createHash } from "node:crypto";

import { expect } from "chai";

import { KernelUseError } from "../../../../offchain/fhe/kernel/errors.ts";
import { createExpander, type Expander } from "../../../../offchain/fhe/kernel/expander.ts";
import { expandUniform } from "../../../../offchain/fhe/ring/expand.ts";
import vectors from "../../../vectors/ring.json" with { type: "json" };

describe("expander", function () {
  this.timeout(20_000);

  let expander: Expander;
  const seed = Uint8Array.from({ length: 32 }, (_, i) => 7 * i);

  before(async () => {
    expander = await createExpander();
  });

  it("reproduces the vectors", () => {
    for (const { seed: hex, label, prime, n, sha256 } of vectors.expand) {
      const [residues] = expander.expand(Buffer.from(hex, "hex"), [{ label, prime }], n);
      const bytes = Buffer.alloc(4 * n);
      residues.forEach((x, i) => bytes.writeUInt32LE(x, 4 * i));
      expect(createHash("sha256").update(bytes).digest("hex")).to.equal(sha256);
    }
  });

  it("gives what the plain expansion gives, for any number of polynomials and primes of any size", () => {
    const requests = [1073692673, 1073643521, 7340033, 536903681, 1073479681].map((prime, i) => ({
      label: "digit/".repeat(i),
      prime,
    }));
    for (const count of [1, 2, 5]) {
      for (const n of [1, 42, 43]) {
        const some = requests.slice(0, count);
        const expected = some.map(({ label, prime }) => expandUniform(seed, label, prime, n));
        expect(expander.expand(seed, some, n)).to.deep.equal(expected);
      }
    }
  });

  it("refuses what is not defined", () => {
    const good = { label: "c1", prime: 7340033 };
    expect(() => expander.expand(seed.subarray(1), [good], 4)).to.throw(KernelUseError, "32 bytes");
    expect(() => expander.expand(seed, [{ ...good, label: "ü" }], 4)).to.throw(KernelUseError, "ASCII");
    expect(() => expander.expand(seed, [{ ...good, label: "x".repeat(129) }], 4)).to.throw(KernelUseError, "128");
    for (const prime of [2 ** 30, 12289]) {
      expect(() => expander.expand(seed, [{ ...good, prime }], 4)).to.throw(KernelUseError, "modulus");
    }
    expect(() => expander.expand(seed, [good], 32769)).to.throw(KernelUseError, "residues");
    expect(expander.expand(seed, [{ ...good, label: "x".repeat(128) }], 4)).to.deep.equal([
      expandUniform(seed, "x".repeat(128), 7340033, 4),
    ]);
  });
});
