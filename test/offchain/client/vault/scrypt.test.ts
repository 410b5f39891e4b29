import { expect } from "chai";

import { nativeScrypt, plainScrypt, scrypt } from "../../../../offchain/client/vault/scrypt.ts";

const utf8 = new TextEncoder();

describe("scrypt", () => {
  for (const [name, derive] of [
    ["OpenSSL's", nativeScrypt!],
    ["plain JavaScript", plainScrypt],
  ] as const) {
    it(`gives the vectors of RFC 7914, section 12: ${name}`, async () => {
      const parts: number[] = [];
      const onProgress = (part: number): number => parts.push(part);
      const small = await derive(utf8.encode(""), utf8.encode(""), { N: 16, r: 1, p: 1 }, 64, onProgress);
      expect(Buffer.from(small).toString("hex")).to.equal(
        "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442" +
          "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906",
      );
      expect(parts.at(-1)).to.equal(1);
      const cost = { N: 16384, r: 8, p: 1 };
      const large = await derive(utf8.encode("pleaseletmein"), utf8.encode("SodiumChloride"), cost, 64);
      expect(Buffer.from(large).toString("hex")).to.equal(
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2" +
          "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
      );
    });
  }

  it("is OpenSSL's under Node", () => {
    expect(scrypt).to.equal(nativeScrypt);
  });

  it("says what a cost that makes no sense is refused for", async () => {
    const refused: unknown = await scrypt(new Uint8Array(1), new Uint8Array(1), { N: 3, r: 8, p: 1 }, 32).catch(
      (error: unknown) => error,
    );
    expect(refused).to.be.instanceOf(Error);
  });
});
