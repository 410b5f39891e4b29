import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { expect } from "chai";
import { IMAGE_PIXELS, loadDigits, takeDigits } from "../../../scripts/digits/data.ts";
import type { DigitsSplit } from "../../../scripts/digits/data.ts";

const sha256 = (...parts: Uint8Array[]): string => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
};

describe("the split of the digits", function () {
  this.timeout(60_000);
  let data: DigitsSplit;
  const pixelsOf = (images: Float32Array): Uint8Array =>
    new Uint8Array(images.buffer, images.byteOffset, images.byteLength);

  before(() => {
    data = loadDigits();
  });

  it("has 7,000, 1,000 and 2,000 digits", () => {
    for (const [part, n] of [
      ["train", 7000],
      ["validation", 1000],
      ["heldOut", 2000],
    ] as const) {
      expect(data[part].n, part).to.equal(n);
      expect(data[part].labels.length, part).to.equal(n);
      expect(data[part].images.length, part).to.equal(n * 784);
    }
  });

  it("never changes", () => {
    const digests = [data.train, data.validation, data.heldOut].map((part) =>
      sha256(part.labels, pixelsOf(part.images)),
    );
    expect(digests).to.deep.equal([
      "1717600292ba1982abb007e402346c11de81b9d1fc15016c62ee2c804f290637",
      "53208daa09bc5967e4a9706509480eb3819ef28ba24f8e1f9d1d1fbc42f50c18",
      "64081fb7eb2eb7a0704253821b6824dc402aede6e0d68106bf976266e28be84f",
    ]);
  });

  it("puts every digit of the package, with its label, into exactly one part", () => {
    const folder = path.join(path.dirname(createRequire(import.meta.url).resolve("mnist/package.json")), "src/digits");
    const remaining = new Map<string, number>();
    for (let label = 0; label < 10; label++) {
      const { data: pixels } = JSON.parse(readFileSync(path.join(folder, `${label}.json`), "utf8")) as {
        data: number[];
      };
      for (let at = 0; at < pixels.length; at += 784) {
        remaining.set(sha256(pixelsOf(Float32Array.from(pixels.slice(at, at + 784)))), label);
      }
    }
    expect(remaining.size).to.equal(10000);
    for (const part of [data.train, data.validation, data.heldOut]) {
      for (let i = 0; i < part.n; i++) {
        const key = sha256(pixelsOf(part.images.subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS)));
        expect(remaining.get(key)).to.equal(part.labels[i]);
        remaining.delete(key);
      }
    }
    expect(remaining.size).to.equal(0);
  });

  it("has every class among the first hundred held-out digits", () => {
    expect(new Set(data.heldOut.labels.subarray(0, 100)).size).to.equal(10);
  });

  it("gives out copies in the order asked for", () => {
    const some = takeDigits(data.heldOut, [5, 0]);
    expect(some.n).to.equal(2);
    expect([...some.labels]).to.deep.equal([data.heldOut.labels[5], data.heldOut.labels[0]]);
    expect(some.images.subarray(784)).to.deep.equal(data.heldOut.images.subarray(0, 784));
    some.images.fill(2);
    expect(Math.max(...data.heldOut.images.subarray(0, 784))).to.be.at.most(1);
  });
});
