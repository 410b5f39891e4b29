import { expect } from "chai";
import { inspect } from "node:util";

import { sha256 } from "../../../../offchain/digest/sha256.ts";
import { toHex } from "../../../../offchain/digest/hex.ts";
import { generatePack, packRoot, parsePack } from "../../../../offchain/fhe/ckks/key-pack.ts";
import { ERROR_BOUND, ERROR_VARIANCE } from "../../../../offchain/fhe/ckks/sampling.ts";
import { exportSecret, importSecret, secretCoefficients } from "../../../../offchain/fhe/ckks/secret.ts";
import { untrusted } from "../../../../offchain/fhe/ckks/untrusted.ts";
import { residuesRoot } from "../../../../offchain/digest/merkle.ts";
import { smallKeyBody } from "../../../../offchain/fhe/result/key-bodies.ts";
import { parseCompactPublicKey, parseSwitchKey } from "../../../../offchain/fhe/result/opened-keys.ts";
import { generateCompactPublicKey, generateSwitchKey } from "../../../../offchain/fhe/result/small-keys.ts";
import { deriveSmallSecret, smallSecretCoefficients } from "../../../../offchain/fhe/result/small-secret.ts";
import { keySet, named32, params, publicKeyBody, secret, smallSecret, switchKeyBody } from "./fixture.ts";
import { expandQ, keySeed, le32, mod, productAt, unpack } from "./reference.ts";

const Q = 2 ** 27;
const centred = (x: number): number => mod(x + Q / 2, Q) - Q / 2;

/** b + a·s′ at some coefficients, from the reference's expansion. */
function phases(body: Uint8Array, sample: number, a: number[], at: readonly number[]): number[] {
  const b = unpack(body.subarray(sample * 3456, (sample + 1) * 3456), 1024, 27);
  return at.map((i) => centred(b[i] + productAt(a, smallSecretCoefficients(smallSecret), i)));
}

describe("Keys of the small ring", () => {
  const everywhere = Array.from({ length: 1024 }, (_, i) => i);

  it("have the sizes of the format", () => {
    expect(switchKeyBody.length).to.equal(193_536);
    expect(publicKeyBody.length).to.equal(3_456);
  });

  it("hold, at row i and digit j, 16^j times the kept coefficients of X^i·s, up to an error of the standard", () => {
    const s = secretCoefficients(secret);
    const { n } = params;
    const errors: number[] = [];
    for (const [row, digit] of [
      [0, 0],
      [0, 6],
      [1, 3],
      [7, 5],
    ]) {
      // X^row·s, written out by moving every coefficient up, then every eighth.
      const shifted = Array.from({ length: n }, (_, k) => (k < row ? -s[k - row + n] : s[k - row]));
      const a = expandQ(keySeed(keySet, 3), `row/${row}/digit/${digit}`);
      phases(switchKeyBody, row * 7 + digit, a, everywhere).forEach((phase, i) => {
        errors.push(centred(phase - shifted[8 * i] * 16 ** digit));
      });
    }
    expect(Math.max(...errors.map(Math.abs))).to.be.at.most(ERROR_BOUND);
    // 4,096 errors: the sample variance is within 10.5 ± 5·10.5·√(2/4096).
    const variance = errors.reduce((sum, e) => sum + e * e, 0) / errors.length;
    expect(variance).to.be.within(ERROR_VARIANCE * 0.89, ERROR_VARIANCE * 1.11);
  });

  it("hold a public encryption of zero", () => {
    const errors = phases(publicKeyBody, 0, expandQ(keySeed(keySet, 4), "public"), everywhere);
    expect(Math.max(...errors.map(Math.abs))).to.be.within(1, ERROR_BOUND);
  });

  it("come out the same for one key set, after a backup too, and different for another", () => {
    const restored = importSecret(exportSecret(secret), params);
    expect(toHex(sha256(generateSwitchKey(restored, keySet)))).to.equal(toHex(sha256(switchKeyBody)));
    expect(toHex(generateCompactPublicKey(secret, keySet))).to.equal(toHex(publicKeyBody));
    expect(toHex(generateCompactPublicKey(secret, named32("other key set")))).not.to.equal(toHex(publicKeyBody));
  }).timeout(10_000);

  it("travel in key packs, and count in their root b before a, digit by digit", async () => {
    const bytes = await generatePack(
      secret,
      keySet,
      [
        { kind: "compactPublic", ring: 1024 },
        { kind: "switch", ring: 1024, gadget: 2 },
      ],
      { bodies: [smallKeyBody] },
    );
    const pack = parsePack(untrusted(bytes), { params, keySetId: keySet, maxBytes: 250_000, bodies: [smallKeyBody] });
    expect(pack.keys.map(({ kind, gadget, level, element }) => [kind, gadget, level, element])).to.deep.equal([
      [3, 2, 0, 1024],
      [4, 0, 0, 1024],
    ]);
    expect(toHex(sha256(pack.keys[0].body))).to.equal(toHex(sha256(switchKeyBody)));
    const expanded: Uint8Array[] = [];
    for (let sample = 0; sample < 56; sample++) {
      expanded.push(le32(unpack(switchKeyBody.subarray(sample * 3456, (sample + 1) * 3456), 1024, 27)));
      expanded.push(le32(expandQ(keySeed(keySet, 3), `row/${Math.floor(sample / 7)}/digit/${sample % 7}`)));
    }
    expanded.push(le32(unpack(publicKeyBody, 1024, 27)), le32(expandQ(keySeed(keySet, 4), "public")));
    expect(packRoot(pack, [smallKeyBody])).to.equal(residuesRoot(Buffer.concat(expanded)));
  }).timeout(10_000);

  it("are refused in a pack with another gadget, level or degree", () => {
    const good = { kind: 3, gadget: 2, level: 0, element: 1024 } as const;
    expect(smallKeyBody.bytes(good, params)).to.equal(193_536);
    for (const [change, code] of [
      [{ gadget: 1 }, "PACK_GADGET"],
      [{ level: 1 }, "PACK_LEVEL"],
      [{ element: 2048 }, "PACK_ELEMENT"],
    ] as const) {
      expect(() => smallKeyBody.bytes({ ...good, ...change }, params))
        .to.throw()
        .with.property("code", code);
    }
    const tiny = { ...params, data: [40961] };
    expect(() => smallKeyBody.bytes(good, tiny))
      .to.throw()
      .with.property("code", "PACK_PARAMS");
  });

  it("are refused by a node when a byte is missing or too many", () => {
    for (const length of [193_535, 0]) {
      expect(() => parseSwitchKey(params, keySet, untrusted(switchKeyBody.subarray(0, length))))
        .to.throw()
        .with.property("code", "COMPACT_KEY");
    }
    expect(() => parseCompactPublicKey(keySet, untrusted(new Uint8Array(3457))))
      .to.throw()
      .with.property("code", "COMPACT_KEY");
  });

  it("keep the small secret to themselves, and forget it when told", () => {
    const small = deriveSmallSecret(secret, keySet);
    expect(() => JSON.stringify({ small }))
      .to.throw()
      .with.property("code", "SECRET_NOT_SERIALISABLE");
    expect(String(small)).to.equal("SmallSecret(redacted)");
    expect(inspect(small, { showHidden: true, depth: 9 })).to.equal("SmallSecret(redacted)");
    expect(Object.keys(small)).to.deep.equal([]);
    expect(structuredClone(small)).to.deep.equal({});
    const kept = smallSecretCoefficients(small);
    expect(new Set(kept)).to.deep.equal(new Set([-1, 0, 1]));
    small[Symbol.dispose]();
    expect(kept.every((x) => x === 0)).to.equal(true);
    expect(() => smallSecretCoefficients(small))
      .to.throw()
      .with.property("code", "SECRET_WIPED");
  });
});
