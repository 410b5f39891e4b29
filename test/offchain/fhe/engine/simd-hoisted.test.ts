/** Plans of semantics hoisted-1 on the SIMD engine: byte for byte what the plain reference gives, and what the clear engine says. */
import { expect } from "chai";
import fc from "fast-check";
import type { Bytes32 } from "../../../../offchain/digest/hex.ts";
import { parseCiphertext } from "../../../../offchain/fhe/ckks/ciphertext-format.ts";
import { decrypt, encryptInput, type Ciphertext } from "../../../../offchain/fhe/ckks/ciphertext.ts";
import { generatePack, parsePack, type KeyPack } from "../../../../offchain/fhe/ckks/key-pack.ts";
import { keySetId } from "../../../../offchain/fhe/ckks/key-set.ts";
import { N8192_D6_S1 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import { primesOf } from "../../../../offchain/fhe/ckks/residues.ts";
import { generateSecret, type SecretKey } from "../../../../offchain/fhe/ckks/secret.ts";
import { expandSwitchingKey } from "../../../../offchain/fhe/ckks/switching-key.ts";
import { untrusted } from "../../../../offchain/fhe/ckks/untrusted.ts";
import { loadClearModel } from "../../../../offchain/fhe/engine/clear.ts";
import { splitConstants } from "../../../../offchain/fhe/engine/constants.ts";
import type { Evaluator } from "../../../../offchain/fhe/engine/engine.ts";
import { runPlan } from "../../../../offchain/fhe/engine/run.ts";
import { loadSealModel } from "../../../../offchain/fhe/engine/seal.ts";
import { limbsOf } from "../../../../offchain/fhe/engine/simd-constants.ts";
import { loadSimdModel } from "../../../../offchain/fhe/engine/simd.ts";
import { stateDigest, stepsWithState } from "../../../../offchain/fhe/engine/state.ts";
import { encodeConstants } from "../../../../offchain/fhe/plan/encode-constants.ts";
import type { CheckedPlan } from "../../../../offchain/fhe/plan/typecheck.ts";
import type { ReferenceKey } from "../../../../offchain/fhe/ring/reference/ring.ts";
import { expand, OWNER, SALT, testRandom, testValues } from "../ckks/fixtures.ts";
import { joinResidues } from "./hand-plan.ts";
import { PAIRED, randomHoistedPlan, randomStep, type RandomStep } from "./hoisted-random-plan.ts";
import { createReferenceEvaluator, type ReferenceConstant, type ReferenceValue } from "./reference-evaluator.ts";

const everyOperation: RandomStep[] = [
  { operation: "products", seed: 6 },
  { operation: "folds", seed: 5 },
  { operation: "plain", seed: 1 },
  { operation: "squareExt", seed: 1 },
  { operation: "hoisted", seed: 7 },
  { operation: "rotated", seed: 4 },
];

for (const params of [N8192_D6_S1.set, PAIRED]) {
  describe(`the simd engine under hoisted-1, ${params.id}`, function () {
    this.timeout(120_000);
    let secret: SecretKey;
    const keySet = keySetId(OWNER, SALT, params);
    const packs = new Map<string, KeyPack>();

    before(() => {
      secret = generateSecret(params, testRandom(`hoisted/${params.id}`));
    });

    async function packFor({ plan }: CheckedPlan): Promise<KeyPack[]> {
      if (plan.keys.length === 0) return [];
      const name = JSON.stringify(plan.keys);
      let pack = packs.get(name);
      if (pack === undefined) {
        const bytes = await generatePack(secret, keySet, plan.keys, { expand });
        expect(bytes.length).to.equal(plan.estimates.keyBytes);
        pack = parsePack(untrusted(bytes), { params, keySetId: keySet, maxBytes: bytes.length });
        packs.set(name, pack);
      }
      return [pack];
    }

    function uniformConstants({ plan }: CheckedPlan): Uint32Array {
      return joinResidues(
        ...plan.constants.map(({ kind, level, basis }, i) => {
          const residues = expand(new Uint8Array(32).fill(4), `constant/${i}`, params, level, basis);
          const primes = primesOf(params, level, basis);
          return kind === "plain" ? residues : Uint32Array.from(primes, (_, k) => residues[k * params.n]);
        }),
      );
    }

    /** The plain functions that state what each instruction means, and the input as they take it. */
    function reference(
      { plan }: CheckedPlan,
      residues: Uint32Array,
      keys: readonly KeyPack[],
      x: Ciphertext,
    ): { evaluator: Evaluator<ReferenceValue>; input: () => ReferenceValue } {
      const { n } = params;
      const constants = splitConstants(plan, residues).map((view, i): ReferenceConstant =>
        plan.constants[i].kind === "plain" ? limbsOf(view, n) : view,
      );
      const opened = new Map<number, ReferenceKey>();
      const open = (element: number): ReferenceKey => {
        const packed = keys[0].keys.find((key) => key.element === element)!;
        const { body, level } = packed;
        const digits = Array.from(expandSwitchingKey(body, packed, params, keySet, level, expand), ({ b, a }) => ({
          b: limbsOf(b, n),
          a: limbsOf(a, n),
        }));
        return { level, digits };
      };
      const keyFor = (element: number): ReferenceKey => {
        const key = opened.get(element) ?? open(element);
        opened.set(element, key);
        return key;
      };
      return {
        evaluator: createReferenceEvaluator(params, constants, keyFor),
        input: () => ({ components: [limbsOf(x.c0, n), limbsOf(x.c1, n)], level: x.level, extended: false }),
      };
    }

    /** The plan, instruction by instruction. */
    async function byReference(
      checked: CheckedPlan,
      residues: Uint32Array,
      keys: readonly KeyPack[],
      x: Ciphertext,
    ): Promise<Ciphertext> {
      const { plan, types } = checked;
      const { evaluator, input } = reference(checked, residues, keys, x);
      const [result] = await runPlan<ReferenceValue, ReferenceValue>(plan, evaluator, {
        input,
        output: (value) => value,
        compact: (value) => value,
      });
      const [c0, c1] = result.components.map((rows) => joinResidues(...rows));
      return { ...x, level: types[plan.outputs[0].value].level, c0, c1 };
    }

    function uniformInput({ plan }: CheckedPlan): Ciphertext {
      const [{ level, scale }] = plan.inputs;
      const [c0, c1] = ["c0", "c1"].map((part) => expand(new Uint8Array(32).fill(3), `x/${part}`, params, level, "Q"));
      return { params, keySetId: keySet, level, scale, c0, c1 };
    }

    async function expectReference(steps: readonly RandomStep[]): Promise<void> {
      const checked = randomHoistedPlan(params, steps);
      const x = uniformInput(checked);
      const constants = uniformConstants(checked);
      const keys = await packFor(checked);
      using model = await loadSimdModel(checked, constants);
      using user = await model.openKeys(keys);
      const taken = model.memory.takenCount;
      const [result] = await user.run([x]);
      expect(model.memory.takenCount).to.equal(taken);
      if (result.kind !== "ciphertext") throw new Error("a ciphertext was expected");
      const expected = await byReference(checked, constants, keys, x);
      expect(result.ciphertext.c0).to.deep.equal(expected.c0);
      expect(result.ciphertext.c1).to.deep.equal(expected.c1);
    }

    it("gives the reference's residues for a plan of every instruction", async () => {
      await expectReference(everyOperation);
      await expectReference([
        { operation: "rescaled", seed: 1 },
        { operation: "square", seed: 1 },
      ]);
    });

    it("gives them for plans at random", async () => {
      await fc.assert(fc.asyncProperty(fc.array(randomStep, { minLength: 2, maxLength: 4 }), expectReference), {
        numRuns: 4,
        plugins: [fc.interruptAfterTimeLimit(50_000)],
      });
    });

    it("has the reference's state at every step, sums it computes late and values in the extended basis included", async () => {
      const checked = randomHoistedPlan(params, everyOperation);
      const { plan } = checked;
      const [x, constants, keys] = [uniformInput(checked), uniformConstants(checked), await packFor(checked)];
      using model = await loadSimdModel(checked, constants);
      using user = await model.openKeys(keys);
      const { evaluator, input } = reference(checked, constants, keys, x);
      const steps = stepsWithState(plan);
      // Each costs an evaluation up to it: the first of each kind, and a sum of products that is not computed before it has to be.
      const last = steps.filter((id) => plan.instructions[id].op === "addExt").at(-1);
      const firsts = new Map(steps.toReversed().map((id) => [plan.instructions[id].op, id]));
      const chosen = [...new Set([...firsts.values(), last])];
      // The reference has every value at hand, and is asked once: the same plan with the steps for outputs.
      const shown = { ...plan, outputs: chosen.map((value) => ({ ...plan.outputs[0], value })) };
      const digest = ({ components }: ReferenceValue): Bytes32 =>
        stateDigest(components.map((rows) => joinResidues(...rows)));
      const expected = await runPlan<ReferenceValue, Bytes32>(shown, evaluator, {
        input,
        output: digest,
        compact: digest,
      });
      for (const [i, step] of chosen.entries())
        expect(await user.stateAt([x], step), `step ${step}, ${plan.instructions[step].op}`).to.equal(expected[i]);
    });

    it("decrypts to what the clear engine says", async () => {
      const checked = randomHoistedPlan(params, everyOperation);
      const { plan } = checked;
      const vectors = plan.constants.map(({ kind }, i) =>
        kind === "plain" ? testValues(`hoisted/${i}`, 0.25) : Float64Array.of(0.5 + i / 16),
      );
      const values = testValues("hoisted", 0.25);
      const [{ level, scale }] = plan.inputs;
      const bytes = encryptInput(secret, keySet, values, { level, scale }, testRandom("hoisted input"));
      const x = parseCiphertext(untrusted(bytes), { role: "input", params, keySetId: keySet, level, scale });
      using model = await loadSimdModel(checked, encodeConstants(checked, vectors));
      using user = await model.openKeys(await packFor(checked));
      const [result] = await user.run([x]);
      if (result.kind !== "ciphertext") throw new Error("a ciphertext was expected");
      using clear = loadClearModel(checked, { slots: vectors });
      using inTheClear = await clear.openKeys(undefined);
      const [expected] = await inTheClear.run([values]);
      const decrypted = decrypt(secret, result.ciphertext).values();
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(largest).to.be.within(0.1, 10);
      expected.forEach((value, i) => {
        expect(decrypted[i]).to.be.closeTo(value, 1e-3 * largest);
      });
    });
  });
}

describe("node-seal", () => {
  it("refuses plans of hoisted-1", async () => {
    const checked = randomHoistedPlan(N8192_D6_S1.set, everyOperation);
    const refused: unknown = await loadSealModel(checked, new Uint32Array()).catch((error: unknown) => error);
    expect(refused).to.have.property("code", "ENGINE_UNSUPPORTED");
  });
});
