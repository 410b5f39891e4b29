import { expect } from "chai";
import { activationFunction, activationName, erf } from "../../../../offchain/fhe/graph/activation.ts";

describe("activations", () => {
  it("have the error function of tables (Abramowitz and Stegun, table 7.1 and 7.1.28's limits)", () => {
    const table: [number, number][] = [
      [0, 0],
      [0.5, 0.5204998778130465],
      [1, 0.8427007929497149],
      [2, 0.9953222650189527],
      [3, 0.9999779095030014],
      [3.5, 0.9999992569016276],
      [5, 0.9999999999984626],
    ];
    for (const [x, value] of table) {
      expect(erf(x)).to.be.closeTo(value, 2e-16 * 8);
      expect(erf(-x)).to.be.closeTo(-value, 2e-16 * 8);
    }
    expect([erf(30), erf(-30)]).to.deep.equal([1, -1]);
  });

  it("stay finite where exponentials do not", () => {
    for (const kind of ["sigmoid", "softplus", "swish", "mish", "gelu", "geluTanh", "selu", "tanh"] as const) {
      for (const x of [-800, 800]) expect(activationFunction({ kind })(x), `${kind}(${x})`).to.satisfy(Number.isFinite);
    }
    expect(activationFunction({ kind: "softplus" })(800)).to.equal(800);
    expect(activationFunction({ kind: "sigmoid" })(-800)).to.equal(0);
  });

  it("are written with their settings", () => {
    expect(activationName({ kind: "leakyRelu", slope: 0.2 })).to.equal("leakyRelu(0.2)");
    expect(activationName({ kind: "clippedRelu", max: 6 })).to.equal("clippedRelu(6)");
    expect(activationName({ kind: "elu", alpha: 1 })).to.equal("elu");
    expect(activationName({ kind: "gelu" })).to.equal("gelu");
  });
});
