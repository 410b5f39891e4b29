import { expect } from "chai";
import fc from "fast-check";

import { toHex } from "../../../../offchain/digest/hex.ts";
import { N16384_D13_S1 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import { untrusted } from "../../../../offchain/fhe/ckks/untrusted.ts";
import { parseCompact, writeCompact } from "../../../../offchain/fhe/result/compact-format.ts";
import { compactResult, type CompactRequest } from "../../../../offchain/fhe/result/compact-result.ts";
import { createCompactor } from "../../../../offchain/fhe/result/compactor.ts";
import type { MaskContext } from "../../../../offchain/fhe/result/mask-context.ts";
import { openCompact, type OpenCompactRequest } from "../../../../offchain/fhe/result/open-compact.ts";
import { parseCompactPublicKey } from "../../../../offchain/fhe/result/opened-keys.ts";
import { checkShape, compactBytes } from "../../../../offchain/fhe/result/shape.ts";
import { deriveSmallSecret } from "../../../../offchain/fhe/result/small-secret.ts";
import {
  compactPublicKey,
  context,
  encrypt,
  keySet,
  named,
  named32,
  otherDigest,
  params,
  publicKeyBody,
  q0,
  replicate,
  request,
  scaleFor,
  secret,
  shape,
  smallSecret,
  source,
  switchKey,
} from "./fixture.ts";

describe("Compact results", () => {
  const scale = scaleFor(16);
  const ciphertext = encrypt(replicate(Array.from({ length: 16 }, (_, i) => i)), scale, source("result test"));
  const bytes = compactResult(request(ciphertext));
  const opening: OpenCompactRequest = {
    secret: smallSecret,
    bytes: untrusted(bytes),
    params,
    scale,
    layout: { period: 16, slots: [3] },
    shape,
    expected: context,
    evaluationError: 0.25,
  };

  it("have 2,152 bytes for 16 values at 16 bits", () => {
    expect(bytes.length).to.equal(2_152);
    expect([14, 16, 18].map((bits) => compactBytes({ ring: 1024, bits, period: 32 }))).to.deep.equal([
      1_944, 2_216, 2_488,
    ]);
  });

  it("are the same bytes for the same request, and leave the ciphertext as it was", () => {
    const before = ciphertext.c1.slice();
    expect(toHex(compactResult(request(ciphertext)))).to.equal(toHex(bytes));
    expect(ciphertext.c1).to.deep.equal(before);
  });

  it("come from the compactor of a run as from the request it stands for", async () => {
    const { chainId, hub, request: number, plan, inputs } = context;
    const run = { chainId, hub, request: number, plan, keySet, inputs };
    const compactor = createCompactor({ switchKey, compactPublicKey, context: run, seed: named("noise seed") });
    const input = { params, ...ciphertext, ...shape };
    expect(toHex(await compactor({ ...input, output: 0 }))).to.equal(toHex(bytes));
    expect(toHex(await compactor({ ...input, output: 1 }))).not.to.equal(toHex(bytes));
  });

  const changes: Readonly<Record<string, Partial<CompactRequest>>> = {
    "another request": { mask: { ...context, request: 8n } },
    "another chain": { mask: { ...context, chainId: 1n } },
    "another hub": { mask: { ...context, hub: `0x${"cd".repeat(20)}` } },
    "another plan": { mask: { ...context, plan: otherDigest(context.plan) } },
    "another input": { mask: { ...context, inputs: [named32("another input")] } },
    "one input more": { mask: { ...context, inputs: [...context.inputs, ...context.inputs] } },
    "another output": { mask: { ...context, output: 1 } },
    "another seed": { seed: named("another seed") },
  };
  for (const [name, change] of Object.entries(changes)) {
    it(`have other masks throughout for ${name}`, () => {
      const other = parseCompact(untrusted(compactResult(request(ciphertext, change))));
      const mine = parseCompact(untrusted(bytes));
      // Two unrelated sequences of 1,024 numbers of 16 bits agree in five places or more once in 10^11.
      expect(mine.c1.filter((x, i) => x === other.c1[i]).length).to.be.below(5);
      expect(mine.c0).not.to.deep.equal(other.c0);
    });
  }

  it("have another mask when one residue differs, under the same seed and context", () => {
    const c0 = ciphertext.c0.map((x, i) => (i === 5 ? (x + 2 ** 20) % q0 : x));
    const other = parseCompact(untrusted(compactResult(request({ ...ciphertext, c0 }))));
    expect(parseCompact(untrusted(bytes)).c1.filter((x, i) => x === other.c1[i]).length).to.be.below(5);
  });

  it("are refused to keys of another set, and to malformed residues, seeds and shapes", () => {
    const refused = (change: Partial<CompactRequest>): Chai.Assertion =>
      expect(() => compactResult(request(ciphertext, change))).to.throw();
    refused({ mask: { ...context, keySet: named32("another set") } }).with.property("code", "COMPACT_KEY");
    refused({
      compactPublicKey: parseCompactPublicKey(named32("another set"), untrusted(publicKeyBody)),
    }).with.property("code", "COMPACT_KEY");
    refused({ params: N16384_D13_S1.set }).with.property("code", "COMPACT_KEY");
    refused({ seed: new Uint8Array(31) }).and.be.instanceOf(RangeError);
    refused({ c1: ciphertext.c1.subarray(1) }).and.be.instanceOf(RangeError);
    refused({ c0: ciphertext.c0.map((x, i) => (i === 8191 ? q0 : x)) }).and.be.instanceOf(RangeError);
    refused({ bits: 19 }).with.property("code", "COMPACT_SHAPE");
    refused({ mask: { ...context, request: -1n } }).and.be.instanceOf(RangeError);
    refused({ mask: { ...context, chainId: 1n << 256n } }).and.be.instanceOf(RangeError);
    refused({ mask: { ...context, hub: "0x00" } }).with.property("code", "HEX_FORMAT");
  });

  it("exist for 14 to 18 bits and powers of two up to 64, 32 with 18 bits, in the ring of 1,024", () => {
    for (const [bits, most] of [
      [14, 64],
      [17, 64],
      [18, 32],
    ]) {
      checkShape({ ring: 1024, bits, period: most });
      expect(() => {
        checkShape({ ring: 1024, bits, period: 2 * most });
      })
        .to.throw()
        .with.property("code", "COMPACT_SHAPE");
    }
    for (const wrong of [
      { ring: 2048 },
      { bits: 13 },
      { bits: 15.5 },
      { period: 0 },
      { period: 12 },
      { period: -2 },
      { period: NaN },
    ]) {
      expect(() => {
        checkShape({ ...shape, ...wrong });
      })
        .to.throw()
        .with.property("code", "COMPACT_SHAPE");
    }
  });

  it("open to values with a bound that counts the evaluation's", () => {
    const { values, errorBound } = openCompact(opening);
    expect(values.values()[0]).to.be.closeTo(3, errorBound - 0.25);
    expect(() => JSON.stringify(values))
      .to.throw()
      .with.property("code", "RAW_NOT_SERIALISABLE");
  });

  it("open for nothing but the request, the shape and the key set they answer", () => {
    const others: MaskContext[] = Object.values(changes).flatMap(({ mask }) => (mask === undefined ? [] : [mask]));
    expect(others.length).to.equal(7);
    for (const expected of others) {
      expect(() => openCompact({ ...opening, expected }))
        .to.throw()
        .with.property("code", "COMPACT_CONTEXT");
    }
    const wider = { ...shape, bits: 18 };
    expect(() => openCompact({ ...opening, shape: wider }))
      .to.throw()
      .with.property("code", "COMPACT_CONTEXT");
    const stranger = deriveSmallSecret(secret, named32("another set"));
    expect(() => openCompact({ ...opening, secret: stranger }))
      .to.throw()
      .with.property("code", "COMPACT_KEY");
    expect(stranger.keySet).not.to.equal(keySet);
  });

  it("are not opened with a layout, scale or error that means nothing", () => {
    for (const wrong of [
      { layout: { period: 32, slots: [3] } },
      { layout: { period: 16, slots: [16] } },
      { layout: { period: 16, slots: [-1] } },
      { layout: { period: 16, slots: [0.5] } },
      { scale: 0 },
      { scale: NaN },
      { evaluationError: -1 },
      { evaluationError: NaN },
    ]) {
      expect(() => openCompact({ ...opening, ...wrong })).to.throw(RangeError);
    }
  });

  describe("from a hostile sender", () => {
    const parse = (hostile: Uint8Array): unknown => parseCompact(untrusted(hostile));
    const refused = (hostile: Uint8Array, why: string): void => {
      expect(() => parse(hostile), why)
        .to.throw()
        .with.property("code", "COMPACT_FORMAT");
    };

    it("are refused when cut or grown, at every length near a border", () => {
      for (const length of [0, 1, 7, 8, 39, 40, 41, bytes.length - 1])
        refused(bytes.slice(0, length), `${length} bytes`);
      refused(Uint8Array.of(...bytes, 0), "one byte more");
    });

    it("are refused for any other first eight bytes", () => {
      for (let at = 0; at < 8; at++) {
        for (const value of [0, 1, 9, 10, 13, 19, 31, 32, 64, 255]) {
          if (bytes[at] === value) continue;
          const hostile = bytes.slice();
          hostile[at] = value;
          refused(hostile, `byte ${at} = ${value}`);
        }
      }
    });

    it("are refused when padding is not zero", () => {
      const odd = compactResult(request(ciphertext, { bits: 17, period: 1 }));
      // 1,026 coefficients of 17 bits leave six bits of the last byte.
      expect(odd.length).to.equal(40 + 2_181);
      parse(odd);
      for (let bit = 2; bit < 8; bit++) {
        const hostile = odd.slice();
        hostile[hostile.length - 1] |= 1 << bit;
        refused(hostile, `bit ${bit}`);
      }
    });

    it("are one byte string each: whatever parses is what would be written", () => {
      fc.assert(
        fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
          const hostile = bytes.slice();
          hostile[at] = value;
          let parsed;
          try {
            parsed = parseCompact(untrusted(hostile));
          } catch {
            expect(at).to.be.below(8);
            return;
          }
          expect(toHex(writeCompact(parsed))).to.equal(toHex(hostile));
        }),
        { numRuns: 200 },
      );
    });
  });
});
