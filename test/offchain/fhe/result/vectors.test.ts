import { expect } from "chai";
import { readFileSync } from "node:fs";

import { fromHex, toHex, type Bytes32, type Hex } from "../../../../offchain/digest/hex.ts";
import { sha256 } from "../../../../offchain/digest/sha256.ts";
import { NAMED_SETS } from "../../../../offchain/fhe/ckks/named-sets.ts";
import { transformsOf } from "../../../../offchain/fhe/ckks/residues.ts";
import { untrusted } from "../../../../offchain/fhe/ckks/untrusted.ts";
import { compactResult } from "../../../../offchain/fhe/result/compact-result.ts";
import { expandSmall } from "../../../../offchain/fhe/result/expand-small.ts";
import { contextDigest } from "../../../../offchain/fhe/result/mask-context.ts";
import { sampleMask } from "../../../../offchain/fhe/result/mask.ts";
import { switchToSmall } from "../../../../offchain/fhe/result/modulus-switch.ts";
import { parseCompactPublicKey, parseSwitchKey } from "../../../../offchain/fhe/result/opened-keys.ts";
import { body, compactVectors, residues } from "../../../vectors/compact.ts";
import { le32 } from "./reference.ts";

type Vectors = ReturnType<typeof compactVectors>;

describe("Vectors of compact-1", () => {
  const vectors = JSON.parse(
    readFileSync(new URL("../../../vectors/compact.json", import.meta.url), "utf8"),
  ) as Vectors;

  it("are what the second implementation gives", () => {
    expect(compactVectors()).to.deep.equal(vectors);
  }).timeout(60_000);

  it("expand the uniform polynomials of keys", () => {
    for (const { seed, label, first, sha256: digest } of vectors.expand) {
      const polynomial = expandSmall(fromHex(seed), label);
      expect([...polynomial.subarray(0, 4)]).to.deep.equal(first);
      expect(toHex(sha256(le32(polynomial)))).to.equal(digest);
    }
  });

  it("switch from the first prime to 2^27", () => {
    for (const { x, q, y } of vectors.modulusSwitch) expect(switchToSmall(x, q), `${x} mod ${q}`).to.equal(y);
  });

  it("draw the masks", () => {
    for (const { bits, period, streamKey, u, e, f, sums } of vectors.masks) {
      const sample = sampleMask(fromHex(streamKey), { ring: 1024, bits, period });
      expect([...sample.u.subarray(0, 8)]).to.deep.equal(u);
      expect([...sample.e.subarray(0, 8)]).to.deep.equal(e);
      expect([...sample.f.subarray(0, 8)]).to.deep.equal(f);
      expect([sample.u, sample.e, sample.f].map((list) => list.reduce((sum, x) => sum + x, 0))).to.deep.equal(sums);
    }
  });

  for (const result of vectors.results) {
    const { params: id, bits, period } = result;
    it(`give the same result, byte for byte: ${id}, ${bits} bits, period ${period}`, () => {
      const params = NAMED_SETS.find(({ set }) => set.id === id)!.set;
      const { n } = params;
      const q = params.data[0];
      const keySet = vectors.context.keySet as Bytes32;
      const component = (name: string): Uint32Array => {
        const polynomial = Uint32Array.from(residues(name, n, q));
        transformsOf(params, 1)[0].forward(polynomial);
        return polynomial;
      };
      const mask = {
        ...vectors.context,
        chainId: BigInt(vectors.context.chainId),
        request: BigInt(vectors.context.request),
        hub: vectors.context.hub as Hex,
        plan: vectors.context.plan as Bytes32,
        inputs: vectors.context.inputs as Bytes32[],
        keySet,
      };
      expect(toHex(contextDigest(mask, { ring: 1024, bits, period }))).to.equal(result.contextDigest);
      const bytes = compactResult({
        params,
        c0: component("c0"),
        c1: component("c1"),
        switchKey: parseSwitchKey(params, keySet, untrusted(body("switch key", (n / 1024) * 7 * 3456))),
        compactPublicKey: parseCompactPublicKey(keySet, untrusted(body("public key", 3456))),
        mask,
        seed: fromHex(vectors.seed),
        ring: 1024,
        bits,
        period,
      });
      expect(bytes.length).to.equal(result.size);
      expect(toHex(bytes)).to.equal(result.bytes);
    });
  }
});
