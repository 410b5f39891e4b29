import { expect } from "chai";
import { wordBytes } from "../../../../offchain/digest/bytes.ts";
import { residuesRoot } from "../../../../offchain/digest/merkle.ts";
import { loadSealModel } from "../../../../offchain/fhe/engine/seal.ts";
import { loadSimdModel } from "../../../../offchain/fhe/engine/simd.ts";
import { drawnStep, stateDigest, stepsWithState } from "../../../../offchain/fhe/engine/state.ts";
import type { Instruction } from "../../../../offchain/fhe/plan/plan.ts";
import { testValues } from "../ckks/fixtures.ts";
import { joinResidues } from "./hand-plan.ts";
import { holdSeal } from "./hold-seal.ts";
import { input, mixed, mixedConstants, pack } from "./mixed-plan.ts";

const seed = (value: bigint): `0x${string}` => `0x${value.toString(16).padStart(64, "0")}`;

describe("the step a seed draws", () => {
  const instructions: readonly Instruction[] = [
    { op: "input", input: 0 },
    { op: "rotate", a: 0, step: 1 },
    { op: "decompose", a: 1 },
    { op: "rotateHoisted", a: 2, step: 3, ext: true },
    { op: "modDown", a: 3, times: 1 },
    { op: "compact", a: 4, ring: 1024, bits: 16, period: 16 },
  ];

  it("is one of the instructions that define a ciphertext and are no input", () => {
    expect(stepsWithState({ instructions })).to.deep.equal([1, 3, 4]);
  });

  it("is the seed, a big-endian number, modulo their number", () => {
    const drawn = [0n, 1n, 2n, 3n, 2n ** 255n].map((value) => drawnStep({ instructions }, seed(value)));
    // 2^255 = 2 modulo 3: an odd power of 2.
    expect(drawn).to.deep.equal([1, 3, 4, 1, 4]);
  });

  it("is none of a plan that computes nothing", () => {
    const [first] = instructions;
    expect(drawnStep({ instructions: [first, { ...instructions[5], a: 0 } as Instruction] }, seed(7n))).to.equal(
      undefined,
    );
  });
});

describe("the state at a step", function () {
  this.timeout(60_000);
  before(holdSeal);

  it("is the root of all residues, component by component", () => {
    const parts = [Uint32Array.of(1, 2, 3), Uint32Array.of(4, 5, 6), Uint32Array.of(7, 8, 9)];
    const bytes = wordBytes(Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9));
    expect(stateDigest(parts)).to.equal(residuesRoot(bytes));
  });

  it("is the same on node-seal and on the simd engine, another at every step, and at an output that of its residues", async () => {
    const { plan } = mixed;
    const x = input(testValues("state", 4), 5);
    const keys = [await pack(plan.keys)];
    using seal = await loadSealModel(mixed, mixedConstants);
    using simd = await loadSimdModel(mixed, mixedConstants);
    using onSeal = await seal.openKeys(keys);
    using onSimd = await simd.openKeys(keys);
    const seen = new Set<string>();
    const taken = simd.memory.takenCount;
    for (const step of stepsWithState(plan)) {
      const expected = await onSeal.stateAt([x], step);
      expect(await onSimd.stateAt([x], step), `step ${step}, ${plan.instructions[step].op}`).to.equal(expected);
      seen.add(expected);
    }
    expect(simd.memory.takenCount).to.equal(taken);
    expect(seen.size).to.equal(stepsWithState(plan).length);
    const outputs = await onSeal.run([x]);
    for (const [index, output] of outputs.entries()) {
      if (output.kind !== "ciphertext") throw new Error("a ciphertext was expected");
      const { c0, c1 } = output.ciphertext;
      const state = await onSimd.stateAt([x], plan.outputs[index].value);
      expect(state).to.equal(residuesRoot(wordBytes(joinResidues(c0, c1))));
    }
  });

  it("is another one for another input", async () => {
    using simd = await loadSimdModel(mixed, mixedConstants);
    using user = await simd.openKeys([await pack(mixed.plan.keys)]);
    const [one, two] = ["one", "two"].map((label) => input(testValues(label, 4), 5));
    for (const step of stepsWithState(mixed.plan).slice(0, 3)) {
      expect(await user.stateAt([one], step)).not.to.equal(await user.stateAt([two], step));
    }
  });
});
