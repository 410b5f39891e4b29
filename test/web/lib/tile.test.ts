import { expect } from "chai";

import { TILE_SIDE, tilePixels, tileSample } from "../../../web/lib/tile.ts";

describe("web/lib/tile", () => {
  it("takes bytes from all over the object", () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => Math.floor(i / 400));
    const sample = tileSample(bytes);
    expect(sample).to.have.length(TILE_SIDE * TILE_SIDE);
    expect(sample[0]).to.equal(0);
    expect(sample[199]).to.equal(124);
    expect(sample[399]).to.equal(249);
  });

  it("is the same for the same bytes and differs where a sampled byte does", () => {
    const bytes = Uint8Array.from({ length: 800 }, (_, i) => i & 255);
    expect(tileSample(bytes)).to.deep.equal(tileSample(bytes.slice()));
    const other = bytes.slice();
    other[2] ^= 0x80;
    expect(tileSample(other)).to.not.deep.equal(tileSample(bytes));
  });

  it("repeats an object shorter than the tile and draws nothing of an empty one", () => {
    expect(Array.from(tileSample(Uint8Array.of(1, 2, 3)).subarray(0, 5))).to.deep.equal([1, 2, 3, 1, 2]);
    expect(tileSample(new Uint8Array(0)).every((byte) => byte === 0)).to.equal(true);
  });

  it("draws four shades by the two top bits", () => {
    const alphas = Array.from(tilePixels(Uint8Array.of(0x00, 0x40, 0x80, 0xc0, ...new Uint8Array(396)))).filter(
      (_, i) => i % 4 === 3,
    );
    expect(new Set(alphas.slice(0, 4)).size).to.equal(4);
    expect(alphas[0]).to.be.lessThan(alphas[1]);
    expect(alphas[2]).to.be.lessThan(alphas[3]);
  });
});
