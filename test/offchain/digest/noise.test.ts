import { readFileSync } from "node:fs";

import { expect } from "chai";

import { fromHex, toHex, type Bytes32 } from "../../../offchain/digest/hex.ts";
import { verifyProof } from "../../../offchain/digest/merkle-proof.ts";
import { noiseProof, noiseRoot, noiseSeed } from "../../../offchain/digest/noise.ts";
import type { digestVectors } from "../../vectors/digests.ts";

const vectors = JSON.parse(
  readFileSync(new URL("../../vectors/digests.json", import.meta.url), "utf8"),
) as unknown as ReturnType<typeof digestVectors>;
const secret = fromHex(vectors.noiseSecret);

describe("Noise seeds", function () {
  this.timeout(20_000);

  it("equal the vectors", () => {
    for (const { k, seed } of vectors.noiseSeeds) expect(toHex(noiseSeed(secret, k))).to.equal(seed);
  });

  it("have the root of the vectors", () => {
    expect(noiseRoot(secret)).to.equal(vectors.noise.root);
  });

  it("are proved one at a time", () => {
    const proof = noiseProof(secret, 40_000);
    expect(proof.leaf).to.equal(toHex(noiseSeed(secret, 40_000)));
    expect(proof.siblings).to.deep.equal(vectors.noise.proofs.find(({ index }) => index === 40_000)!.siblings);
    expect(verifyProof(vectors.noise.root as Bytes32, proof)).to.equal(true);
  });

  it("end at 65,535, and need a secret of 32 bytes", () => {
    for (const k of [-1, 65_536, 0.5, Number.NaN]) expect(() => noiseSeed(secret, k)).to.throw(RangeError);
    expect(() => noiseSeed(secret.subarray(1), 0)).to.throw(RangeError);
    expect(() => noiseRoot(new Uint8Array(33))).to.throw(RangeError);
  });
});
