import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { layers, models, sequential } from "@tensorflow/tfjs-layers";
import { expect } from "chai";
import { Square } from "../../../../offchain/fhe/graph/square-layer.ts";

describe("Square layer", function () {
  this.timeout(20_000);
  const build = () =>
    sequential({
      layers: [layers.dense({ units: 2, inputShape: [3], name: "before" }), new Square({ name: "square" })],
    });

  it("squares every element and keeps the shape", () => {
    const layer = new Square({});
    tf.tidy(() => {
      const output = layer.apply(tf.tensor3d([-3, -0.5, 0, 1, 2, 1e-3], [1, 2, 3])) as tf.Tensor;
      expect(output.shape).to.deep.equal([1, 2, 3]);
      expect([...output.dataSync()]).to.deep.equal([9, 0.25, 0, 1, 4, Math.fround(Math.fround(1e-3) ** 2)]);
    });
    expect(layer.computeOutputShape([null, 8, 8, 4])).to.deep.equal([null, 8, 8, 4]);
  });

  it("lets gradients through: d/dx x² = 2x", () => {
    const layer = new Square({});
    tf.tidy(() => {
      const gradient = tf.grad((x) => tf.sum(layer.apply(x) as tf.Tensor))(tf.tensor1d([-3, 0, 1.5]));
      expect([...gradient.dataSync()]).to.deep.equal([-6, 0, 3]);
    });
  });

  it("is written as class Square and read back as the same function", async () => {
    const model = build();
    const config = model.toJSON(null, false) as Parameters<typeof models.modelFromJSON>[0];
    expect(config).to.have.nested.property("config.layers[1].class_name", "Square");
    const copy = await models.modelFromJSON(config);
    expect(copy.layers[1]).to.be.instanceOf(Square);
    copy.setWeights(model.getWeights());
    tf.tidy(() => {
      const input = tf.tensor2d([[1, -2, 0.25]]);
      const [expected, actual] = [model, copy].map((each) => [...(each.predict(input) as tf.Tensor).dataSync()]);
      expect(actual).to.deep.equal(expected);
    });
    model.dispose();
    copy.dispose();
  });
});
