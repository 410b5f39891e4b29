import { expect } from "chai";
import fc from "fast-check";
import { CloakworkError } from "../../../../offchain/errors.ts";
import type { Ciphertext } from "../../../../offchain/fhe/ckks/ciphertext.ts";
import type { KeyNeed } from "../../../../offchain/fhe/ckks/key-need.ts";
import type { KeyPack } from "../../../../offchain/fhe/ckks/key-pack.ts";
import { keySetId } from "../../../../offchain/fhe/ckks/key-set.ts";
import { N16384_D13_S1 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import { primesOf } from "../../../../offchain/fhe/ckks/residues.ts";
import type { CompactInput } from "../../../../offchain/fhe/engine/engine.ts";
import { loadSealModel } from "../../../../offchain/fhe/engine/seal.ts";
import { loadSimdModel } from "../../../../offchain/fhe/engine/simd.ts";
import type { Instruction, Plan } from "../../../../offchain/fhe/plan/plan.ts";
import type { CheckedPlan } from "../../../../offchain/fhe/plan/typecheck.ts";
import { conjugationElement, galoisElement } from "../../../../offchain/fhe/ring/automorphism.ts";
import { expand, keySet, OWNER, params, testValues } from "../ckks/fixtures.ts";
import { handPlan, joinResidues } from "./hand-plan.ts";
import { holdSeal } from "./hold-seal.ts";
import { galois, input, mixed, mixedConstants, pack } from "./mixed-plan.ts";
import { OPERATIONS, randomPlan, STEPS, type RandomStep } from "./simd-random-plan.ts";

const ENGINES = { seal: loadSealModel, simd: loadSimdModel };

/** A ciphertext no encryption made: every residue counts. */
function uniformInput(label: string, level: number, scale: number): Ciphertext {
  const [c0, c1] = ["c0", "c1"].map((part) =>
    expand(new Uint8Array(32).fill(3), `${label}/${part}`, params, level, "Q"),
  );
  return { params, keySetId: keySet, level, scale, c0, c1 };
}

/** Uniform residues for all constants of a plan. */
function uniformConstants({ constants }: Plan): Uint32Array {
  const parts = constants.map(({ kind, level, basis }, i) => {
    const residues = expand(new Uint8Array(32).fill(4), `constant/${i}`, params, level, basis);
    return kind === "plain"
      ? residues
      : Uint32Array.from(primesOf(params, level, basis), (_, k) => residues[k * params.n]);
  });
  return joinResidues(...parts);
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof CloakworkError) return error.code;
  throw new Error("it was not refused in its own words", { cause: error });
}

/** What a run gives, or the code of its refusal: a plan at random may add a value to its negative, which no engine takes. */
async function outcomeOf<T>(run: Promise<T>): Promise<T | "ENGINE_TRANSPARENT"> {
  try {
    return await run;
  } catch (error) {
    if (error instanceof CloakworkError && error.code === "ENGINE_TRANSPARENT") return error.code;
    throw error;
  }
}

describe("the simd engine", function () {
  this.timeout(20_000);
  let keys: KeyPack;
  let all: KeyPack;

  before(async () => {
    keys = await pack(mixed.plan.keys);
    const elements = [...STEPS.map((step) => galoisElement(step, params.n)), conjugationElement(params.n)];
    all = await pack([
      ...elements.map((element): KeyNeed => ({ kind: "galois", element, gadget: 1, level: 6 })),
      { kind: "relin", gadget: 1, level: 6 },
    ]);
    await holdSeal();
  });

  async function expectSame(
    checked: CheckedPlan,
    constants: Uint32Array,
    packs: readonly KeyPack[],
    inputs: Ciphertext[],
  ) {
    using seal = await loadSealModel(checked, constants);
    using simd = await loadSimdModel(checked, constants);
    using onSeal = await seal.openKeys(packs);
    using onSimd = await simd.openKeys(packs);
    const [expected, actual] = [await outcomeOf(onSeal.run(inputs)), await outcomeOf(onSimd.run(inputs))];
    expect(actual).to.deep.equal(expected);
  }

  it("gives node-seal's ciphertexts for a plan of most instructions", async () => {
    await expectSame(mixed, mixedConstants, [keys], [input(testValues("simd", 4), 5)]);
  });

  it("gives them for plans at random, on uniform residues", async () => {
    const step: fc.Arbitrary<RandomStep> = fc.record({
      operation: fc.constantFrom(...OPERATIONS),
      pick: fc.nat(1000),
      other: fc.nat(1000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 12 }), async (steps) => {
        const checked = randomPlan(steps);
        const inputs = checked.plan.inputs.map(({ level, scale }, i) => uniformInput(`random/${i}`, level, scale));
        await expectSame(checked, uniformConstants(checked.plan), [all], inputs);
      }),
      { numRuns: 6, plugins: [fc.interruptAfterTimeLimit(60_000)] },
    );
  }).timeout(90_000);

  it("gives them for sums of sums that are as many products as it keeps, and something else", async () => {
    for (const [left, right] of [
      [10, 9],
      [9, 10],
      [16, 16],
      [17, 3],
    ]) {
      const instructions: Instruction[] = [
        { op: "input", input: 0 },
        { op: "mulScalar", a: 0, constant: 1 },
      ];
      const write = (instruction: Instruction): number => instructions.push(instruction) - 1;
      const more = (sum: number): number =>
        write({ op: "add", a: sum, b: write({ op: "mulPlain", a: 0, constant: 0 }) });
      let a = write({ op: "mulPlain", a: 0, constant: 0 });
      for (let k = 1; k < left; k++) a = more(a);
      let b = 1;
      for (let k = 0; k < right; k++) b = more(b);
      const sum = write({ op: "add", a, b });
      const output = write({ op: "rescale", a: sum, times: 1 });
      const constants = (["plain", "scalar"] as const).map((kind) => ({
        kind,
        basis: "Q" as const,
        level: 2,
        scale: 2 ** 25,
      }));
      const checked = handPlan({ inputs: [{ level: 2, scale: 2 ** 20 }], constants, instructions, outputs: [output] });
      await expectSame(checked, uniformConstants(checked.plan), [], [uniformInput("sums", 2, 2 ** 20)]);
    }
  });

  it("takes keys out of several packs, at the level it needs", async () => {
    const isGalois = ({ kind }: KeyNeed): boolean => kind === "galois";
    const rest = mixed.plan.keys.filter((need) => !isGalois(need));
    const packs = [
      await pack(mixed.plan.keys.filter(isGalois)),
      await pack(rest.map((need) => ("level" in need ? { ...need, level: 6 } : need))),
    ];
    await expectSame(mixed, mixedConstants, packs, [input(testValues("packs", 4), 5)]);
  });

  it("hands the compactor the residues node-seal hands it, and returns its bytes", async () => {
    const small = params.data[0];
    const checked = handPlan({
      inputs: [{ level: 2, scale: 2 ** 20 }],
      constants: [{ kind: "scalar", basis: "Q", level: 2, scale: 2 ** 30 }],
      instructions: [
        { op: "input", input: 0 },
        { op: "mulScalar", a: 0, constant: 0 },
        { op: "rescale", a: 1, times: 1 },
        { op: "rotate", a: 2, step: 1 },
        { op: "compact", a: 3, ring: 1024, bits: 16, period: 16 },
      ],
      keys: [galois(1, 1), { kind: "switch", ring: 1024, gadget: 2 }, { kind: "compactPublic", ring: 1024 }],
      outputs: [4],
    });
    const unused: KeyPack = {
      ...all,
      keys: [
        ...all.keys,
        { kind: 3, gadget: 2, level: 0, element: 1024, body: new Uint8Array(0) },
        { kind: 4, gadget: 0, level: 0, element: 1024, body: new Uint8Array(0) },
      ],
    };
    const x = uniformInput("compact", 2, 2 ** 20);
    const seen: CompactInput[] = [];
    for (const load of Object.values(ENGINES)) {
      using model = await load(checked, Uint32Array.of(small - 5, 7));
      using user = await model.openKeys([unused]);
      const compact = (call: CompactInput): Uint8Array => Uint8Array.of(seen.push(call));
      expect(await user.run([x], { compact })).to.deep.equal([{ kind: "compact", bytes: Uint8Array.of(seen.length) }]);
      expect(await codeOf(user.run([x]))).to.equal("ENGINE_INPUTS");
    }
    expect(seen[1]).to.deep.equal(seen[0]);
  });

  it("keeps users and runs that overlap apart", async () => {
    using model = await loadSimdModel(mixed, mixedConstants);
    using one = await model.openKeys([keys]);
    using two = await model.openKeys([keys]);
    const inputs = ["first", "second", "third"].map((label) => input(testValues(label, 4), 5));
    const alone = [];
    for (const x of inputs) alone.push(await one.run([x]));
    const together = await Promise.all([one.run([inputs[0]]), two.run([inputs[1]]), one.run([inputs[2]])]);
    expect(together).to.deep.equal(alone);
  });

  for (const [name, load] of Object.entries(ENGINES)) {
    describe(`, like any engine, refuses on ${name}`, () => {
      it("keys that are missing, too short, of two key sets or of another parameter set", async () => {
        using model = await load(mixed, mixedConstants);
        expect(await codeOf(model.openKeys([await pack(mixed.plan.keys.slice(1))]))).to.equal("KEY_MISSING");
        const low = await pack(mixed.plan.keys.map((need) => ("level" in need ? { ...need, level: 1 } : need)));
        expect(await codeOf(model.openKeys([low]))).to.equal("KEY_MISSING");
        expect(await codeOf(model.openKeys([]))).to.equal("KEY_MISSING");
        const other = { ...keys, keySetId: keySetId(OWNER, `0x${"44".repeat(32)}`, params) };
        expect(await codeOf(model.openKeys([keys, other]))).to.equal("PACK_KEY_SET");
        expect(await codeOf(model.openKeys([{ ...keys, params: N16384_D13_S1.set }]))).to.equal("PACK_PARAMS");
      });

      it("inputs that are not those the plan declares", async () => {
        using model = await load(mixed, mixedConstants);
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
        for (const inputs of bad) expect(await codeOf(user.run(inputs))).to.equal("ENGINE_INPUTS");
      });

      it("constants that are not the plan's, zero factors, and other kinds of parameters", async () => {
        const bad = [
          mixedConstants.subarray(1),
          joinResidues(mixedConstants, Uint32Array.of(0)),
          mixedConstants.with(0, params.data[0]),
          mixedConstants.with(mixedConstants.length - 1, params.data[1]),
          mixedConstants.slice().fill(0, 0, 5),
        ];
        for (const constants of bad) expect(await codeOf(load(mixed, constants))).to.equal("ENGINE_CONSTANTS");
        const grouped = {
          ...params,
          groups: [
            [0, 1],
            [2, 3],
            [4, 5],
          ],
        };
        const unknown: CheckedPlan = { ...mixed, plan: { ...mixed.plan, params: grouped } };
        expect(await codeOf(load(unknown, mixedConstants))).to.equal("ENGINE_UNSUPPORTED");
      });
    });
  }
});
