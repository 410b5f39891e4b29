import { createHash } from "node:crypto";

import { expect } from "chai";

import { expandUniform } from "../../../../offchain/fhe/ring/expand.ts";
import { nativeShake128, plainShake128, shakeBytes } from "../../../../offchain/fhe/ring/shake128.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("SHAKE128", () => {
  const kinds = [
    ["plain JavaScript", plainShake128],
    ["OpenSSL's", nativeShake128!],
    ["whichever is there", shakeBytes],
  ] as const;

  for (const [name, shake] of kinds) {
    it(`gives the output FIPS 202's examples have for the empty message, and begins longer ones alike: ${name}`, () => {
      const empty = new Uint8Array();
      expect(hex(shake(empty, 32))).to.equal("7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26");
      expect(hex(shake(empty, 100_000)).slice(0, 64)).to.equal(hex(shake(empty, 32)));
    });

    it(`agrees with OpenSSL around the blocks of message and output: ${name}`, () => {
      for (const length of [1, 35, 167, 168, 169, 336]) {
        const message = Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 255);
        for (const bytes of [1, 167, 168, 169, 4096])
          expect(hex(shake(message, bytes))).to.equal(
            createHash("shake128", { outputLength: bytes }).update(message).digest("hex"),
          );
      }
    });
  }

  it("is read on until a polynomial is full, however many words its prime rejects", () => {
    const seed = Uint8Array.from({ length: 32 }, (_, i) => i);
    // Nearly half of 21-bit words are too large.
    const prime = 1_376_257;
    const words = new DataView(
      Uint8Array.from(
        createHash("shake128", { outputLength: 4_000_000 })
          .update(seed)
          .update("digit/0")
          .update(Uint8Array.of(prime & 255, (prime >> 8) & 255, prime >> 16, 0))
          .digest(),
      ).buffer,
    );
    const kept: number[] = [];
    for (let o = 0; o < 4_000_000; o += 4) {
      const word = words.getUint32(o, true) % 2 ** 21;
      if (word < prime) kept.push(word);
    }
    for (const n of [1, 2, 64, 1024])
      expect([...expandUniform(seed, "digit/0", prime, n)]).to.deep.equal(kept.slice(0, n));
  });
});
