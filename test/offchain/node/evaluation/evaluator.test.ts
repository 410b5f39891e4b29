import { expect } from "chai";

import { liveSealHandles } from "../../../../offchain/fhe/engine/seal-handles.ts";
import { Evaluator } from "../../../../offchain/node/evaluation/evaluator.ts";
import type { CheckPayload, Verdict } from "../../../../offchain/node/evaluation/messages.ts";
import { REJECT_CODES } from "../../../../offchain/node/reject-codes.ts";
import { echoPlan } from "../../client/echo-plan.ts";
import { userBytes, type GivenPayload } from "./user-bytes.ts";

const echo = echoPlan({ rotation: true });
const alice = userBytes(echo, "aa");
const bob = userBytes(echo, "bb");
const ROOT = `0x${"5a".repeat(32)}` as const;

type Payload = GivenPayload;

/** One 30-bit residue of packed bytes set to 2^30 − 1, which is no residue of any prime. */
function outOfRange(bytes: Uint8Array, at: number): Uint8Array {
  const out = bytes.slice();
  out.fill(0xff, at, at + 15);
  return out;
}

describe("what a node finds wrong before it accepts", function () {
  this.timeout(60_000);
  let evaluator: Evaluator;
  let good: Payload;
  let handles: number;

  before(async () => {
    handles = liveSealHandles();
    evaluator = new Evaluator(2, "seal");
    await evaluator.load({ planDigest: echo.digest, plan: echo.bytes, constants: new Uint32Array(0) });
    good = await alice.payload();
  });
  after(() => {
    evaluator[Symbol.dispose]();
    expect(liveSealHandles()).to.equal(handles);
  });

  it("is nothing with honest bytes", async () => {
    expect(await evaluator.check(good)).to.deep.equal({ ok: true });
  });

  const withInput = (bytes: Uint8Array, residuesRoot = good.input.residuesRoot): Payload => ({
    ...good,
    input: { bytes, residuesRoot },
  });
  const changed = (at: number, by = 1): Uint8Array => good.input.bytes.with(at, good.input.bytes[at] ^ by);
  /** Under another name, so that the keys opened before are not used. */
  const withPack = (bytes: Uint8Array, residuesRoot = good.packs[0].residuesRoot): Payload => ({
    ...good,
    packsDigest: ROOT,
    packs: [{ bytes, residuesRoot }],
  });
  const packBytes = (): Uint8Array => good.packs[0].bytes;

  const cases: readonly [string, keyof typeof REJECT_CODES, () => Payload | Promise<Payload>][] = [
    ["a ciphertext cut short", "CIPHERTEXT_TRUNCATED", () => withInput(good.input.bytes.slice(0, 5000))],
    ["a header cut short", "CIPHERTEXT_TRUNCATED", () => withInput(good.input.bytes.slice(0, 50))],
    ["no bytes at all", "CIPHERTEXT_TRUNCATED", () => withInput(new Uint8Array(0))],
    [
      "a ciphertext with more behind it",
      "CIPHERTEXT_OVERSIZED",
      () => withInput(Uint8Array.of(...good.input.bytes, 0)),
    ],
    ["other bytes", "CIPHERTEXT_MAGIC", () => withInput(changed(0))],
    ["a later version", "CIPHERTEXT_VERSION", () => withInput(changed(4, 3))],
    ["two components: its a could have been chosen", "CIPHERTEXT_COMPONENTS", () => withInput(changed(5, 3))],
    ["another parameter set", "CIPHERTEXT_PARAMS", () => withInput(changed(16))],
    ["another key set", "CIPHERTEXT_KEY_SET", () => withInput(changed(48))],
    ["another level", "CIPHERTEXT_LEVEL", () => withInput(changed(6, 3))],
    ["another scale", "CIPHERTEXT_SCALE", () => withInput(changed(8))],
    ["a residue that is none", "CIPHERTEXT_RESIDUE", () => withInput(outOfRange(good.input.bytes, 112))],
    ["a transparent ciphertext", "CIPHERTEXT_TRANSPARENT", () => withInput(good.input.bytes.slice().fill(0, 112))],
    ["a flipped bit", "INPUT_ROOT", () => withInput(changed(120))],
    ["a root of something else", "INPUT_ROOT", () => withInput(good.input.bytes, ROOT)],
    ["a pack cut short", "PACK_TRUNCATED", () => withPack(packBytes().slice(0, -1))],
    ["a pack of another parameter set", "PACK_PARAMS", () => withPack(packBytes().with(8, packBytes()[8] ^ 1))],
    ["somebody else's keys", "PACK_KEY_SET", async () => withPack((await bob.payload()).packs[0].bytes)],
    ["a key of an unknown kind", "PACK_KIND", () => withPack(packBytes().with(72, 0))],
    ["a key with fewer digits than its size", "PACK_SIZE", () => withPack(packBytes().with(74, 1))],
    ["a residue of a key that is none", "PACK_RESIDUE", () => withPack(outOfRange(packBytes(), 72 + 16 * 3))],
    ["a flipped bit of a key", "PACK_ROOT", () => withPack(packBytes().with(200, packBytes()[200] ^ 1))],
    [
      "a Galois key the plan needs",
      "KEY_MISSING",
      async () => {
        const { bytes, residuesRoot } = await alice.pack(echo.plan.keys.filter(({ kind }) => kind !== "galois"));
        return withPack(bytes, residuesRoot);
      },
    ],
    [
      "a Galois key that reaches too few levels",
      "KEY_MISSING",
      async () => {
        const lower = echo.plan.keys.map((need) =>
          need.kind === "galois" ? { ...need, level: need.level - 1 } : need,
        );
        const { bytes, residuesRoot } = await alice.pack(lower);
        return withPack(bytes, residuesRoot);
      },
    ],
    [
      "keys of the small ring",
      "KEY_MISSING",
      async () => {
        const { bytes, residuesRoot } = await alice.pack(echo.plan.keys.filter(({ kind }) => kind !== "switch"));
        return withPack(bytes, residuesRoot);
      },
    ],
  ];
  for (const [name, code, payload] of cases) {
    it(`is ${code} for ${name}`, async () => {
      const verdict = await evaluator.check(await payload());
      expect(verdict).to.include({ ok: false, name: code, code: REJECT_CODES[code] } satisfies Partial<Verdict>);
    });
  }

  it("leaves nothing behind: the same input is accepted after all refusals", async () => {
    expect(await evaluator.check(good)).to.deep.equal({ ok: true });
  });
});

for (const engine of ["seal", "simd"] as const)
  describe(`the memory of a worker that evaluates with ${engine}`, function () {
    this.timeout(60_000);

    it("keeps the last users' keys open and no more", async () => {
      using evaluator = new Evaluator(1, engine);
      await evaluator.load({ planDigest: echo.digest, plan: echo.bytes, constants: new Uint32Array(0) });
      const [a, b] = [await alice.payload(), await bob.payload()];
      await evaluator.check(a);
      const one = evaluator.handles;
      await evaluator.check(b);
      expect(evaluator.handles).to.equal(one);
      const withoutPacks = ({ planDigest, keySetId, packsDigest, input }: CheckPayload): CheckPayload => ({
        planDigest,
        keySetId,
        packsDigest,
        input,
      });
      expect(evaluator.needsPacks(withoutPacks(a))).to.equal(true);
      expect(evaluator.needsPacks(withoutPacks(b))).to.equal(false);
    });

    it("does not grow over 200 evaluations", async () => {
      using evaluator = new Evaluator(1, engine);
      await evaluator.load({ planDigest: echo.digest, plan: echo.bytes, constants: new Uint32Array(0) });
      const payload = await alice.payload();
      const seen = new Set<number>();
      for (let k = 0; k < 200; k++) {
        const request = {
          ...payload,
          chainId: 31337n,
          hub: `0x${"44".repeat(20)}` as const,
          request: BigInt(k),
          seed: new Uint8Array(32).fill(k),
        };
        seen.add((await evaluator.evaluate(request)).handles);
      }
      expect([...seen]).to.have.length(1);
      expect([...seen][0]).to.be.greaterThan(0);
    });
  });
