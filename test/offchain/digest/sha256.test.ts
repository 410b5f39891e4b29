import { createHash } from "node:crypto";

import { expect } from "chai";

import { nativeSha256Into, plainSha256Into, sha256, sha256Into } from "../../../offchain/digest/sha256.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("SHA-256", () => {
  const kinds = [
    ["plain JavaScript", plainSha256Into],
    ["OpenSSL's", nativeSha256Into!],
    ["whichever is faster", sha256Into],
  ] as const;

  for (const [name, into] of kinds) {
    it(`gives the digests of FIPS 180-4's examples and of every length around its blocks: ${name}`, () => {
      const out = new Uint8Array(32);
      into(new TextEncoder().encode("abc"), out);
      expect(hex(out)).to.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
      for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 254, 255, 256, 257, 1025, 100_000]) {
        const message = Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 255);
        into(message, out);
        expect(hex(out), `${length} bytes`).to.equal(createHash("sha256").update(message).digest("hex"));
      }
    });

    it(`reads a view where it lies, and may write over its message: ${name}`, () => {
      const memory = Uint8Array.from({ length: 2000 }, (_, i) => i & 255);
      const expected = createHash("sha256").update(memory.subarray(7, 1032)).digest("hex");
      const view = memory.subarray(7, 1032);
      into(view, view);
      expect(hex(memory.subarray(7, 39))).to.equal(expected);
      expect([memory[6], memory[39]]).to.deep.equal([6, 39]);
    });
  }

  it("gives 32 bytes of their own", () => {
    expect(sha256(new Uint8Array(300)).buffer.byteLength).to.equal(32);
  });
});
