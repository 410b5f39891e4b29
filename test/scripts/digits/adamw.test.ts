import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import { AdamW, cosineRate } from "../../../scripts/digits/adamw.ts";
import { readyTensorFlow } from "../../../scripts/digits/tensorflow.ts";

const settings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0, clipNorm: Infinity };

describe("AdamW", function () {
  this.timeout(20_000);
  it("is the Adam of TensorFlow.js when nothing decays and nothing is clipped", async () => {
    await readyTensorFlow();
    const values = Float32Array.of(3, -2, 0.5);
    const optimiser = new AdamW([{ values, decays: true }], settings);
    const variable = tf.variable(tf.tensor1d(values.slice()));
    const reference = tf.train.adam(0.1, settings.beta1, settings.beta2, settings.epsilon);
    const curvature = [1, 4, 0.25];
    for (let step = 0; step < 30; step++) {
      optimiser.apply([curvature.map((c, i) => 2 * c * values[i])], 0.1);
      reference.minimize(() => tf.sum(tf.mul(tf.square(variable), curvature)), false, [variable]);
      const expected = variable.dataSync();
      for (const [i, value] of values.entries()) expect(value, `step ${step}`).to.be.closeTo(expected[i], 1e-4);
    }
    reference.dispose();
    variable.dispose();
  });

  it("shrinks kernels by rate × decay a step and leaves biases alone", () => {
    const kernel = Float32Array.of(8, -4);
    const bias = Float32Array.of(8);
    const optimiser = new AdamW(
      [
        { values: kernel, decays: true },
        { values: bias, decays: false },
      ],
      { ...settings, weightDecay: 0.5 },
    );
    for (let step = 0; step < 3; step++) optimiser.apply([[0, 0], [0]], 0.5);
    expect([...kernel]).to.deep.equal([8 * 0.75 ** 3, -4 * 0.75 ** 3]);
    expect([...bias]).to.deep.equal([8]);
  });

  it("scales a gradient longer than the limit down to it, over all parameters together", () => {
    const run = (clipNorm: number, scale: number): number[] => {
      const parameters = [Float32Array.of(0), Float32Array.of(0)].map((values) => ({ values, decays: false }));
      // With a large epsilon a step is proportional to the gradient, so its length shows.
      const optimiser = new AdamW(parameters, { ...settings, epsilon: 1e6, clipNorm });
      optimiser.apply([[3 * scale], [4 * scale]], 1e6);
      return parameters.map(({ values }) => values[0]);
    };
    const [a, b] = run(1, 1);
    expect(a).to.be.closeTo(-0.6, 1e-4);
    expect(b).to.be.closeTo(-0.8, 1e-4);
    expect(run(1, 0.1)).to.deep.equal(run(Infinity, 0.1));
  });
});

describe("cosine rate", () => {
  it("rises in a line, then falls along half a cosine to zero", () => {
    expect([0, 1, 2, 3].map((step) => cosineRate(step, 12, 4, 0.8))).to.deep.equal([0.2, 0.4, 0.6000000000000001, 0.8]);
    expect(cosineRate(4, 12, 4, 0.8)).to.equal(0.8);
    expect(cosineRate(8, 12, 4, 0.8)).to.be.closeTo(0.4, 1e-12);
    expect(cosineRate(12, 12, 4, 0.8)).to.be.closeTo(0, 1e-12);
  });
});
