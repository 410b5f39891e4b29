import { expect } from "chai";
import fc from "fast-check";
import { parseCiphertext, writeCiphertext } from "../../../../offchain/fhe/ckks/ciphertext-format.ts";
import { decrypt, encryptInput, type Ciphertext } from "../../../../offchain/fhe/ckks/ciphertext.ts";
import { encode, encodeScalar } from "../../../../offchain/fhe/ckks/encoder.ts";
import type { KeyNeed } from "../../../../offchain/fhe/ckks/key-need.ts";
import { KeyMissingError, KeyPackError } from "../../../../offchain/fhe/ckks/key-pack-error.ts";
import { generatePack, parsePack, type KeyPack } from "../../../../offchain/fhe/ckks/key-pack.ts";
import { keySetId } from "../../../../offchain/fhe/ckks/key-set.ts";
import { N16384_D13_S1 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import { untrusted } from "../../../../offchain/fhe/ckks/untrusted.ts";
import { loadClearModel } from "../../../../offchain/fhe/engine/clear.ts";
import type { CompactInput, EncryptedOutput } from "../../../../offchain/fhe/engine/engine.ts";
import { EngineError, type EngineErrorCode } from "../../../../offchain/fhe/engine/errors.ts";
import { openSealSession } from "../../../../offchain/fhe/engine/seal-context.ts";
import { liveSealHandles, SealScope } from "../../../../offchain/fhe/engine/seal-handles.ts";
import { loadSealModel } from "../../../../offchain/fhe/engine/seal.ts";
import type { CheckedPlan } from "../../../../offchain/fhe/plan/typecheck.ts";
import { galoisElement } from "../../../../offchain/fhe/ring/automorphism.ts";
import { keySet, maxDistance, OWNER, params, secret, testValues } from "../ckks/fixtures.ts";
import { handPlan, joinResidues } from "./hand-plan.ts";

const scale = 2 ** 30;
const slots = params.n / 2;

function input(values: Float64Array, level: number): Ciphertext {
  const bytes = encryptInput(secret, keySet, values, { level, scale });
  return parseCiphertext(untrusted(bytes), { role: "input", params, keySetId: keySet, level, scale });
}

async function pack(needs: readonly KeyNeed[]): Promise<KeyPack> {
  return parsePack(untrusted(await generatePack(secret, keySet, needs)), {
    params,
    keySetId: keySet,
    maxBytes: 100_000_000,
  });
}

function galois(step: number, level: number): Extract<KeyNeed, { kind: "galois" }> {
  return { kind: "galois", element: galoisElement(step, params.n), gadget: 1, level };
}

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

const weights = testValues("weights", 1);
const shift = testValues("shift", 1);
const finalScale = 2 ** 23;

/** Output 0: ((3x rotated by 5 + shift) ∘ weights)², conjugated. Output 1: −0.5·x rotated by −1. Both brought to level 1 and scale 2^23. */
const mixed = handPlan({
  inputs: [{ level: 5, scale }],
  constants: [
    { kind: "scalar", basis: "Q", level: 5, scale },
    { kind: "plain", basis: "Q", level: 4, scale: { like: 2 } },
    { kind: "plain", basis: "Q", level: 4, scale },
    { kind: "scalar", basis: "Q", level: 5, scale },
    { kind: "scalar", basis: "Q", level: 2, scale: finalScale },
  ],
  instructions: [
    { op: "input", input: 0 },
    { op: "mulScalar", a: 0, constant: 0 },
    { op: "rescale", a: 1, times: 1 },
    { op: "rotate", a: 2, step: 5 },
    { op: "addPlain", a: 3, constant: 1 },
    { op: "mulPlain", a: 4, constant: 2 },
    { op: "rescale", a: 5, times: 1 },
    { op: "square", a: 6 },
    { op: "relinearise", a: 7 },
    { op: "rescale", a: 8, times: 1 },
    { op: "conjugate", a: 9 },
    { op: "mulScalar", a: 10, constant: 4 },
    { op: "rescale", a: 11, times: 1 },
    { op: "mulScalar", a: 0, constant: 3 },
    { op: "rescale", a: 13, times: 1 },
    { op: "rotate", a: 14, step: slots - 1 },
    { op: "modSwitch", a: 15, times: 2 },
    { op: "mulScalar", a: 16, constant: 4 },
    { op: "rescale", a: 17, times: 1 },
    { op: "negate", a: 18 },
  ],
  keys: [
    ...[
      galois(5, 4),
      galois(slots - 1, 4),
      { kind: "galois" as const, element: 2 * params.n - 1, gadget: 1 as const, level: 2 },
    ].sort((a, b) => a.element - b.element),
    { kind: "relin", gadget: 1, level: 3 },
  ],
  outputs: [12, 19],
});
const mixedConstants = joinResidues(
  encodeScalar(params, 3, { scale, level: 5 }),
  encode(params, shift, { scale: scale ** 2 / params.data[4], level: 4 }),
  encode(params, weights, { scale, level: 4 }),
  encodeScalar(params, 0.5, { scale, level: 5 }),
  encodeScalar(params, 1, { scale: finalScale, level: 2 }),
);

describe("the seal engine", () => {
  let keys: KeyPack;
  const scope = new SealScope();
  before(async () => {
    keys = await pack(mixed.plan.keys);
    // Held open so that models join it instead of making their own, which takes a second each.
    await openSealSession(scope, params);
  });
  after(() => {
    scope[Symbol.dispose]();
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

  it("stops when it is cancelled, in the middle of a run and while it opens keys, and frees what it made", async () => {
    using model = await loadSealModel(mixed, mixedConstants);
    const without = liveSealHandles();
    const opening = new AbortController();
    const cancelled = model.openKeys([keys], {
      signal: opening.signal,
      onProgress() {
        opening.abort(new Error("enough"));
      },
    });
    expect(await cancelled.catch((error: unknown) => error)).to.have.property("message", "enough");
    expect(liveSealHandles()).to.equal(without);

    using user = await model.openKeys([keys]);
    const before = liveSealHandles();
    const running = new AbortController();
    const run = user.run([input(testValues("cancel", 4), 5)], {
      signal: running.signal,
      onProgress(done) {
        if (done === 3) running.abort(new Error("enough"));
      },
    });
    expect(await run.catch((error: unknown) => error)).to.have.property("message", "enough");
    expect(liveSealHandles()).to.equal(before);
  });

  it("frees the context with its last user, and makes it anew for the next", async () => {
    const handles = liveSealHandles();
    const [one, two] = [new SealScope(), new SealScope()];
    const set = { ...params, id: "another-name" };
    const first = await openSealSession(one, set);
    expect(await openSealSession(two, { ...set })).to.equal(first);
    one[Symbol.dispose]();
    expect(first.context.isDeleted()).to.equal(false);
    two[Symbol.dispose]();
    expect(first.context.isDeleted()).to.equal(true);
    expect(liveSealHandles()).to.equal(handles);
    using three = new SealScope();
    expect((await openSealSession(three, set)).context.isDeleted()).to.equal(false);
  });

  it("leaks nothing over a thousand evaluations", async () => {
    const handles = liveSealHandles();
    const checked = handPlan({
      inputs: [{ level: 2, scale }],
      constants: [{ kind: "scalar", basis: "Q", level: 2, scale: finalScale }],
      instructions: [
        { op: "input", input: 0 },
        { op: "mulScalar", a: 0, constant: 0 },
        { op: "rescale", a: 1, times: 1 },
        { op: "add", a: 2, b: 2 },
      ],
      outputs: [3],
    });
    {
      using model = await loadSealModel(checked, encodeScalar(params, 0.25, { scale: finalScale, level: 2 }));
      using user = await model.openKeys([]);
      const x = input(testValues("leak", 4), 2);
      const during = liveSealHandles();
      let resident = 0;
      for (let i = 0; i < 1000; i++) {
        await user.run([x]);
        if (i === 100) resident = process.memoryUsage().rss;
      }
      expect(liveSealHandles()).to.equal(during);
      // One ciphertext a run would be 236 MB.
      expect((process.memoryUsage().rss - resident) / 2 ** 20).to.be.lessThan(120);
    }
    expect(liveSealHandles()).to.equal(handles);
  });

  it("says which key is missing or too short", async () => {
    using model = await loadSealModel(mixed, mixedConstants);
    const lacking = await pack(mixed.plan.keys.slice(1));
    expect(await codeOf(model.openKeys([lacking]))).to.equal("KEY_MISSING");
    const low = await pack(mixed.plan.keys.map((need) => ("level" in need ? { ...need, level: 1 } : need)));
    expect(await codeOf(model.openKeys([low]))).to.equal("KEY_MISSING");
    expect(await codeOf(model.openKeys([]))).to.equal("KEY_MISSING");
  });

  it("refuses packs of two key sets or of another parameter set", async () => {
    using model = await loadSealModel(mixed, mixedConstants);
    const other = { ...keys, keySetId: keySetId(OWNER, `0x${"44".repeat(32)}`, params) };
    expect(await codeOf(model.openKeys([keys, other]))).to.equal("PACK_KEY_SET");
    expect(await codeOf(model.openKeys([{ ...keys, params: N16384_D13_S1.set }]))).to.equal("PACK_PARAMS");
  });

  it("refuses inputs that are not those the plan declares", async () => {
    using model = await loadSealModel(mixed, mixedConstants);
    using user = await model.openKeys([keys]);
    const x = input(testValues("refused", 4), 5);
    const bad: (readonly Ciphertext[])[] = [
      [],
      [x, x],
      [{ ...x, params: N16384_D13_S1.set }],
      [{ ...x, keySetId: `0x${"55".repeat(32)}` }],
      [input(testValues("refused", 4), 3)],
      [{ ...x, scale: 2 ** 31 }],
    ];
    for (const inputs of bad)
      expect(await codeOf(user.run(inputs))).to.equal("ENGINE_INPUTS" satisfies EngineErrorCode);
  });

  it("refuses constants that are not the plan's, and zero factors", async () => {
    const bad = [
      mixedConstants.subarray(1),
      joinResidues(mixedConstants, Uint32Array.of(0)),
      mixedConstants.with(0, params.data[0]),
      mixedConstants.with(mixedConstants.length - 1, params.data[1]),
      mixedConstants.slice().fill(0, 0, 5),
    ];
    for (const constants of bad) expect(await codeOf(loadSealModel(mixed, constants))).to.equal("ENGINE_CONSTANTS");
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
