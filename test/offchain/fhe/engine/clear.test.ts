import { expect } from "chai";
import { encode, encodeScalar } from "../../../../offchain/fhe/ckks/encoder.ts";
import { loadClearModel } from "../../../../offchain/fhe/engine/clear.ts";
import type { CheckedPlan } from "../../../../offchain/fhe/plan/typecheck.ts";
import { maxDistance, params, testValues, thrownBy } from "../ckks/fixtures.ts";
import { handPlan, joinResidues } from "./hand-plan.ts";

const slots = params.n / 2;
const scale = 2 ** 30;

const affine = handPlan({
  inputs: [{ level: 2, scale: 2 ** 23 }],
  constants: [
    { kind: "plain", basis: "Q", level: 2, scale },
    { kind: "plain", basis: "Q", level: 1, scale: { like: 2 } },
  ],
  instructions: [
    { op: "input", input: 0 },
    { op: "mulPlain", a: 0, constant: 0 },
    { op: "rescale", a: 1, times: 1 },
    { op: "addPlain", a: 2, constant: 1 },
  ],
  outputs: [3],
});
const weights = testValues("clear weights", 1);
const bias = testValues("clear bias", 1);

async function run(
  checked: CheckedPlan,
  constants: Parameters<typeof loadClearModel>[1],
  ...inputs: Float64Array[]
): Promise<Float64Array[]> {
  using model = loadClearModel(checked, constants);
  using user = await model.openKeys(undefined);
  return await user.run(inputs);
}

describe("the clear engine", () => {
  it("computes with the values a package's residues stand for", async () => {
    const x = testValues("clear", 8);
    const residues = joinResidues(
      encode(params, weights, { scale, level: 2 }),
      encode(params, bias, { scale: (2 ** 23 * scale) / params.data[1], level: 1 }),
    );
    const [output] = await run(affine, { residues }, x);
    expect(
      maxDistance(
        output,
        x.map((value, i) => value * weights[i] + bias[i]),
      ),
    ).to.be.lessThan(1e-4);
  });

  it("computes with slot values as they are", async () => {
    const x = testValues("clear", 8);
    const [output] = await run(affine, { slots: [weights, bias] }, x);
    expect(output).to.deep.equal(x.map((value, i) => value * weights[i] + bias[i]));
  });

  it("leaves its input as it was", async () => {
    const x = testValues("clear", 8);
    const copy = x.slice();
    await run(affine, { slots: [weights, bias] }, x);
    expect(x).to.deep.equal(copy);
  });

  it("decodes a negative scalar", async () => {
    const checked = handPlan({
      inputs: [{ level: 2, scale: 2 ** 23 }],
      constants: [{ kind: "scalar", basis: "Q", level: 2, scale }],
      instructions: [
        { op: "input", input: 0 },
        { op: "mulScalar", a: 0, constant: 0 },
        { op: "rescale", a: 1, times: 1 },
      ],
      outputs: [2],
    });
    const x = testValues("clear", 8);
    const [output] = await run(checked, { residues: encodeScalar(params, -0.75, { scale, level: 2 }) }, x);
    expect(
      maxDistance(
        output,
        x.map((value) => -0.75 * value),
      ),
    ).to.be.lessThan(1e-7);
  });

  it("gives for a compact result the mean of every class of slots", async () => {
    const checked = handPlan({
      inputs: [{ level: 1, scale: 2 ** 20 }],
      instructions: [
        { op: "input", input: 0 },
        { op: "compact", a: 0, ring: 1024, bits: 16, period: 8 },
      ],
      keys: [
        { kind: "switch", ring: 1024, gadget: 2 },
        { kind: "compactPublic", ring: 1024 },
      ],
      outputs: [1],
    });
    const x = Float64Array.from({ length: slots }, (_, i) => (i % 8) + (i < slots / 2 ? 1 : -1));
    const [output] = await run(checked, { slots: [] }, x);
    expect(
      maxDistance(
        output,
        x.map((_, i) => i % 8),
      ),
    ).to.be.lessThan(1e-12);
  });

  it("refuses constants and inputs that are not the plan's", async () => {
    expect(thrownBy(() => loadClearModel(affine, { slots: [weights] }))).to.have.property("code", "ENGINE_CONSTANTS");
    expect(thrownBy(() => loadClearModel(affine, { slots: [weights, new Float64Array(1)] }))).to.have.property(
      "code",
      "ENGINE_CONSTANTS",
    );
    expect(thrownBy(() => loadClearModel(affine, { residues: new Uint32Array(4) }))).to.have.property(
      "code",
      "ENGINE_CONSTANTS",
    );
    for (const inputs of [[], [bias, bias], [new Float64Array(3)]]) {
      const refused = await run(affine, { slots: [weights, bias] }, ...inputs).catch((error: unknown) => error);
      expect(refused).to.have.property("code", "ENGINE_INPUTS");
    }
  });
});
