import { expect } from "chai";

import { parseCiphertext } from "../../../../offchain/fhe/ckks/ciphertext-format.ts";
import { encryptInput } from "../../../../offchain/fhe/ckks/ciphertext.ts";
import { encodeScalar } from "../../../../offchain/fhe/ckks/encoder.ts";
import type { KeyNeed } from "../../../../offchain/fhe/ckks/key-need.ts";
import { untrusted } from "../../../../offchain/fhe/ckks/untrusted.ts";
import { loadClearModel } from "../../../../offchain/fhe/engine/clear.ts";
import { loadSealModel } from "../../../../offchain/fhe/engine/seal.ts";
import { loadSimdModel } from "../../../../offchain/fhe/engine/simd.ts";
import { proveBounds } from "../../../../offchain/fhe/plan/bounds.ts";
import { traceNoise } from "../../../../offchain/fhe/plan/noise-trace.ts";
import type { Instruction, PlanConstant } from "../../../../offchain/fhe/plan/plan.ts";
import { runSlots } from "../../../../offchain/fhe/plan/run-slots.ts";
import { keySet, maxDistance, params, secret, testRandom, testValues } from "../ckks/fixtures.ts";
import { handPlan, joinResidues } from "./hand-plan.ts";
import { holdSeal } from "./hold-seal.ts";
import { pack } from "./mixed-plan.ts";

const [, , q2] = params.data;
const RELIN: KeyNeed = { kind: "relin", gadget: 1, level: 2 };
const FACTORS = [0.5, -1.25, 2, 0.75, -0.5];
const SHIFT = 0.3;
const SCALE = 2 ** 22;
const constantsFor = (shifted: number): PlanConstant[] => [
  ...FACTORS.map((_, k): PlanConstant => ({
    kind: "scalar",
    basis: "Q",
    level: k < 3 ? 3 : 2,
    scale: k < 3 ? q2 : 2 ** 10,
  })),
  { kind: "scalar", basis: "Q", level: 3, scale: { like: shifted } },
];
const residues = joinResidues(
  ...FACTORS.map((value, k) => encodeScalar(params, value, { scale: k < 3 ? q2 : 2 ** 10, level: k < 3 ? 3 : 2 })),
  encodeScalar(params, SHIFT, { scale: SCALE * q2, level: 3 }),
);

/** Σ of three inputs and a shift; its square and that of the first input, of degree 2, combined again. */
const inOne: Instruction[] = [
  { op: "input", input: 0 },
  { op: "input", input: 1 },
  { op: "input", input: 2 },
  { op: "combine", values: [0, 1, 2], constants: [0, 1, 2] },
  { op: "addPlain", a: 3, constant: 5 },
  { op: "rescale", a: 4, times: 1 },
  { op: "square", a: 5 },
  { op: "combine", values: [6, 6], constants: [3, 4] },
  { op: "relinearise", a: 7 },
  { op: "rescale", a: 8, times: 1 },
];
/** The same by products and sums. */
const oneByOne: Instruction[] = [
  ...inOne.slice(0, 3),
  { op: "mulScalar", a: 0, constant: 0 },
  { op: "mulScalar", a: 1, constant: 1 },
  { op: "add", a: 3, b: 4 },
  { op: "mulScalar", a: 2, constant: 2 },
  { op: "add", a: 5, b: 6 },
  { op: "addPlain", a: 7, constant: 5 },
  { op: "rescale", a: 8, times: 1 },
  { op: "square", a: 9 },
  { op: "mulScalar", a: 10, constant: 3 },
  { op: "mulScalar", a: 10, constant: 4 },
  { op: "add", a: 11, b: 12 },
  { op: "relinearise", a: 13 },
  { op: "rescale", a: 14, times: 1 },
];

const planOf = (instructions: readonly Instruction[], shifted = 3) =>
  handPlan({
    inputs: Array.from({ length: 3 }, () => ({ level: 3, scale: SCALE })),
    constants: constantsFor(shifted),
    instructions,
    keys: [RELIN],
    outputs: [instructions.length - 1],
  });

describe("a linear combination", function () {
  this.timeout(20_000);
  before(holdSeal);
  const combined = planOf(inOne);
  const separate = planOf(oneByOne, 7);
  const values = [1, 2, 3].map((k) => testValues(`combine/${k}`, 1));

  it("gives the residues that products and sums give, on both engines", async () => {
    const packs = [await pack([RELIN])];
    const inputs = values.map((slots) => {
      const bytes = encryptInput(secret, keySet, slots, { level: 3, scale: SCALE }, testRandom("combine"));
      return parseCiphertext(untrusted(bytes), { role: "input", params, keySetId: keySet, level: 3, scale: SCALE });
    });
    const results = [];
    for (const load of [loadSealModel, loadSimdModel]) {
      for (const checked of [combined, separate]) {
        using model = await load(checked, residues);
        using user = await model.openKeys(packs);
        results.push(await user.run(inputs));
      }
    }
    for (const result of results.slice(1)) expect(result).to.deep.equal(results[0]);
  });

  it("is on slots what its formula says", async () => {
    const expected = values[0].map((x, i) => {
      const sum = 0.5 * x - 1.25 * values[1][i] + 2 * values[2][i] + 0.3;
      return (0.75 - 0.5) * sum * sum;
    });
    using model = loadClearModel(combined, { residues });
    using user = await model.openKeys(undefined);
    const [slots] = await user.run(values);
    expect(maxDistance(slots, expected)).to.be.below(1e-5);
  });

  it("is to bounds, errors and calibration what products and sums are", () => {
    const vectors = [...FACTORS, SHIFT].map((value) => Float64Array.of(value));
    const traces = [combined, separate].map((checked) => {
      const slots = runSlots(checked.plan, vectors, values);
      const { encryption, plaintext, rounding } = traceNoise(checked, vectors, { values: slots, output: 0, index: 0 });
      return { last: slots.at(-1)!, noise: [encryption, plaintext, rounding] };
    });
    expect(maxDistance(traces[0].last, traces[1].last)).to.be.below(1e-12);
    // Rounding of one constant that two products share is one error in both.
    traces[0].noise.forEach((variance, k) => {
      expect(variance / traces[1].noise[k]).to.be.closeTo(1, 1e-9);
    });
    expect(() => proveBounds(combined, vectors)).to.not.throw();
    // A shift that the level of the square cannot hold.
    const wild = vectors.map((vector, k) => (k === 5 ? Float64Array.of(1e12) : vector));
    for (const checked of [combined, separate]) expect(() => proveBounds(checked, wild)).to.throw(/wrap around/);
  });

  it("is refused when its values or constants do not fit each other", () => {
    const changed = (change: (at: Instruction[]) => void) => () => {
      const copy: Instruction[] = structuredClone(inOne);
      change(copy);
      planOf(copy);
    };
    expect(changed((at) => (at[3] = { op: "combine", values: [0, 1, 2], constants: [0, 1] }))).to.throw(
      /3 values with 2/,
    );
    expect(changed((at) => (at[7] = { op: "combine", values: [6, 5], constants: [3, 4] }))).to.throw(/degree/);
    expect(changed((at) => (at[3] = { op: "combine", values: [0, 1, 2], constants: [0, 1, 3] }))).to.throw(/level/);
    expect(changed((at) => (at[3] = { op: "combine", values: [0, 1, 9], constants: [0, 1, 2] }))).to.throw(
      /before it is defined/,
    );
  });
});
