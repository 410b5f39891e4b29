import { expect } from "chai";
import fc from "fast-check";
import { parseCiphertext, writeCiphertext } from "../../../../offchain/fhe/ckks/ciphertext-format.ts";
import { decrypt, encryptInput, type Ciphertext } from "../../../../offchain/fhe/ckks/ciphertext.ts";
import { KeyMissingError, KeyPackError } from "../../../../offchain/fhe/ckks/key-pack-error.ts";
import type { KeyPack } from "../../../../offchain/fhe/ckks/key-pack.ts";
import { untrusted } from "../../../../offchain/fhe/ckks/untrusted.ts";
import { loadClearModel } from "../../../../offchain/fhe/engine/clear.ts";
import type { CompactInput, EncryptedOutput } from "../../../../offchain/fhe/engine/engine.ts";
import { EngineError } from "../../../../offchain/fhe/engine/errors.ts";
import { liveSealHandles } from "../../../../offchain/fhe/engine/seal-handles.ts";
import { loadSealModel } from "../../../../offchain/fhe/engine/seal.ts";
import type { CheckedPlan } from "../../../../offchain/fhe/plan/typecheck.ts";
import { keySet, maxDistance, params, secret, testValues } from "../ckks/fixtures.ts";
import { handPlan } from "./hand-plan.ts";
import { holdSeal } from "./hold-seal.ts";
import { finalScale, galois, input, mixed, mixedConstants, pack, scale, shift, slots, weights } from "./mixed-plan.ts";

function opened(output: EncryptedOutput): Float64Array {
  if (output.kind !== "ciphertext") throw new Error("a ciphertext was expected");
  return decrypt(secret, output.ciphertext).values();
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof EngineError || error instanceof KeyMissingError || error instanceof KeyPackError)
    return error.code;
  throw new Error("it was not refused in its own words", { cause: error });
}

describe("the seal engine", () => {
  let keys: KeyPack;
  before(async () => {
    await holdSeal();
    keys = await pack(mixed.plan.keys);
  });

  it("gives what the clear engine gives, to the noise", async () => {
    const values = testValues("mixed", 4);
    using clear = loadClearModel(mixed, { residues: mixedConstants });
    using user = await clear.openKeys(undefined);
    const expected = await user.run([values]);
    // And the clear engine what the plan says.
    const formula = values.map((_, i) => ((3 * values[(i + 5) % slots] + shift[i]) * weights[i]) ** 2);
    expect(maxDistance(expected[0], formula)).to.be.lessThan(5e-5);
    expect(
      maxDistance(
        expected[1],
        values.map((_, i) => -0.5 * values[(i + slots - 1) % slots]),
      ),
    ).to.be.lessThan(1e-6);

    using model = await loadSealModel(mixed, mixedConstants);
    using evaluating = await model.openKeys([keys]);
    const outputs = await evaluating.run([input(values, 5)]);
    outputs.forEach((output, k) => {
      expect(maxDistance(opened(output), expected[k]), `output ${k}`).to.be.lessThan(5e-3);
    });
  });

  it("gives the same bytes again, whatever was evaluated before", async () => {
    using model = await loadSealModel(mixed, mixedConstants);
    using user = await model.openKeys([keys]);
    const x = input(testValues("again", 4), 5);
    const [first] = await user.run([x]);
    await user.run([input(testValues("between", 4), 5)]);
    const [second] = await user.run([x]);
    expect(second).to.deep.equal(first);
  });

  it("names the level and the derived scale of a result, which serialises", async () => {
    using model = await loadSealModel(mixed, mixedConstants);
    using user = await model.openKeys([keys]);
    const [, output] = await user.run([input(testValues("scale", 4), 5)]);
    if (output.kind !== "ciphertext") throw new Error("a ciphertext was expected");
    const { ciphertext } = output;
    expect(ciphertext.level).to.equal(1);
    // 2^30·2^30/q_4, then ·2^23/q_1.
    const derived = (((scale * scale) / params.data[4]) * finalScale) / params.data[1];
    expect(ciphertext.scale).to.be.closeTo(derived, derived * 1e-12);
    const bytes = untrusted(writeCiphertext(ciphertext));
    expect(
      parseCiphertext(bytes, { role: "result", params, keySetId: keySet, level: 1, scale: ciphertext.scale }),
    ).to.deep.equal(ciphertext);
  });

  it("adds two inputs linearly and composes rotations", async () => {
    const level = 1;
    const checked = handPlan({
      inputs: [
        { level, scale: 2 ** 24 },
        { level, scale: 2 ** 24 },
      ],
      instructions: [
        { op: "input", input: 0 },
        { op: "input", input: 1 },
        { op: "sub", a: 0, b: 1 },
        { op: "rotate", a: 2, step: 1 },
        { op: "rotate", a: 3, step: 2 },
        { op: "rotate", a: 2, step: 3 },
        { op: "add", a: 4, b: 5 },
      ],
      keys: [galois(1, level), galois(2, level), galois(3, level)],
      outputs: [6],
    });
    using model = await loadSealModel(checked, new Uint32Array(0));
    using user = await model.openKeys([await pack(checked.plan.keys)]);
    const small = (values: Float64Array): Ciphertext => {
      const bytes = encryptInput(secret, keySet, values, { level, scale: 2 ** 24 });
      return parseCiphertext(untrusted(bytes), { role: "input", params, keySetId: keySet, level, scale: 2 ** 24 });
    };
    const at = fc.integer({ min: 0, max: slots - 1 });
    const value = fc.double({ min: -8, max: 8, noNaN: true });
    await fc.assert(
      fc.asyncProperty(at, at, value, value, async (i, j, u, v) => {
        const a = testValues("linear a", 4).with(i, u);
        const b = testValues("linear b", 4).with(j, v);
        const [output] = await user.run([small(a), small(b)]);
        // Rotating by 1, then 2, and by 3 at once are the same map.
        const expected = a.map((_, k) => 2 * (a[(k + 3) % slots] - b[(k + 3) % slots]));
        // Six deviations of three key switches in slot 0, where digits that are not centred add up (docs/spec/seal-4.1.md).
        return maxDistance(opened(output), expected) < 0.34;
      }),
      { numRuns: 8 },
    );
  });

  it("takes keys out of several packs, at the level it needs", async () => {
    const [rotations, rest] = [
      mixed.plan.keys.filter(({ kind }) => kind === "galois"),
      mixed.plan.keys.filter(({ kind }) => kind !== "galois"),
    ];
    const higher = rest.map((need) => ("level" in need ? { ...need, level: 6 } : need));
    const packs = [await pack(rotations), await pack(higher)];
    using model = await loadSealModel(mixed, mixedConstants);
    using one = await model.openKeys([keys]);
    using two = await model.openKeys(packs);
    const x = input(testValues("packs", 4), 5);
    expect(await two.run([x])).to.deep.equal(await one.run([x]));
  });

  it("hands the residues of a level-1 value to the compactor, and returns its bytes", async () => {
    const checked = handPlan({
      inputs: [{ level: 1, scale: 2 ** 20 }],
      instructions: [
        { op: "input", input: 0 },
        { op: "negate", a: 0 },
        { op: "compact", a: 1, ring: 1024, bits: 16, period: 16 },
      ],
      keys: [
        { kind: "switch", ring: 1024, gadget: 2 },
        { kind: "compactPublic", ring: 1024 },
      ],
      outputs: [2],
    });
    const unused: KeyPack = {
      params,
      keySetId: keySet,
      keys: [
        { kind: 3, gadget: 2, level: 0, element: 1024, body: new Uint8Array(0) },
        { kind: 4, gadget: 0, level: 0, element: 1024, body: new Uint8Array(0) },
      ],
    };
    using model = await loadSealModel(checked, new Uint32Array(0));
    using user = await model.openKeys([unused]);
    const bytes = encryptInput(secret, keySet, testValues("compact", 4), { level: 1, scale: 2 ** 20 });
    const x = parseCiphertext(untrusted(bytes), { role: "input", params, keySetId: keySet, level: 1, scale: 2 ** 20 });
    const seen: CompactInput[] = [];
    const compact = (call: CompactInput): Uint8Array => {
      seen.push(call);
      return Uint8Array.of(1, 2, 3);
    };
    expect(await user.run([x], { compact })).to.deep.equal([{ kind: "compact", bytes: Uint8Array.of(1, 2, 3) }]);
    const negated = (c: Uint32Array): Uint32Array => c.map((residue) => (residue === 0 ? 0 : params.data[0] - residue));
    expect(seen).to.deep.equal([
      { params, c0: negated(x.c0), c1: negated(x.c1), ring: 1024, bits: 16, period: 16, output: 0 },
    ]);
    expect(await codeOf(user.run([x]))).to.equal("ENGINE_INPUTS");
  });

  it("reports every instruction and gives the event loop its turns", async () => {
    using model = await loadSealModel(mixed, mixedConstants);
    using user = await model.openKeys([keys]);
    const seen: number[] = [];
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await user.run([input(testValues("progress", 4), 5)], {
      onProgress(done, total) {
        expect(total).to.equal(20);
        seen.push(done);
      },
    });
    clearInterval(timer);
    expect(seen).to.deep.equal(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(turns).to.be.greaterThan(0);
  });

  it("refuses a plan of other semantics, and a transparent intermediate", async () => {
    const hoisted: CheckedPlan = { ...mixed, plan: { ...mixed.plan, semantics: "hoisted-1" } };
    expect(await codeOf(loadSealModel(hoisted, mixedConstants))).to.equal("ENGINE_UNSUPPORTED");
    const cancelling = handPlan({
      inputs: [{ level: 1, scale: 2 ** 20 }],
      instructions: [
        { op: "input", input: 0 },
        { op: "sub", a: 0, b: 0 },
      ],
      outputs: [1],
    });
    const handles = liveSealHandles();
    {
      using model = await loadSealModel(cancelling, new Uint32Array(0));
      using user = await model.openKeys([]);
      const bytes = encryptInput(secret, keySet, testValues("zero", 4), { level: 1, scale: 2 ** 20 });
      const x = parseCiphertext(untrusted(bytes), {
        role: "input",
        params,
        keySetId: keySet,
        level: 1,
        scale: 2 ** 20,
      });
      expect(await codeOf(user.run([x]))).to.equal("ENGINE_TRANSPARENT");
    }
    expect(liveSealHandles()).to.equal(handles);
  });
});
