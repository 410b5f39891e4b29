import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { input, layers, loadLayersModel, model as functional, sequential } from "@tensorflow/tfjs-layers";
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { expect } from "chai";
import { evaluateGraph } from "../../../../../offchain/fhe/graph/evaluate.ts";
import { importTfjs } from "../../../../../offchain/fhe/graph/import-tfjs.ts";
import "../../../../../offchain/fhe/graph/quadratic-layer.ts";
import { ModelError } from "../../../../../offchain/fhe/graph/errors.ts";
import { fitGraph } from "../../../../../offchain/fhe/plan/fit/fit-graph.ts";
import { quadraticModel, type ModelFiles } from "../../../../../offchain/fhe/plan/fit/quadratic-model.ts";
import { predict, randomInput, randomiseWeights, saveModel } from "../../graph/tfjs-models.ts";

async function load({ modelJson, weights }: ModelFiles): Promise<LayersModel> {
  const json = modelJson as tf.io.ModelJSON;
  return loadLayersModel(
    tf.io.fromMemory({
      modelTopology: json.modelTopology,
      weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
      weightData: new Uint8Array(weights).buffer,
    }),
  );
}

/** The model as TensorFlow.js runs it after the exchange, against the fitted graph. */
async function expectExchanged(model: LayersModel, degreeOf: (node: number) => 2 | 4): Promise<LayersModel> {
  randomiseWeights(model, 4);
  const { json, weights } = await saveModel(model);
  const modelJson: unknown = JSON.parse(JSON.stringify(json));
  const samples = Array.from({ length: 30 }, (_, k) => randomInput(model, k));
  const fit = fitGraph(importTfjs(modelJson, weights), samples, { degreeOf });
  const files = quadraticModel({ modelJson, weights }, fit.activations);
  const changed = await load(files);
  for (const sample of samples.slice(0, 5)) {
    const expected = evaluateGraph(fit.graph, sample);
    predict(changed, sample).forEach((value, k) => expect(value).to.be.closeTo(expected[k], 1e-4));
  }
  const again = importTfjs(files.modelJson, files.weights);
  expect(again.nodes.some(({ operation }) => operation.op === "activation")).to.equal(false);
  return changed;
}

describe("a model with quadratics for its activations", function () {
  this.timeout(20_000);
  before(async () => {
    await tf.setBackend("cpu");
  });

  it("is the fitted graph, for activations named by a layer and layers of their own, sequential", async () => {
    const model = sequential({
      layers: [
        layers.conv2d({ inputShape: [5, 5, 2], filters: 3, kernelSize: 2, activation: "relu", name: "conv" }),
        layers.flatten(),
        layers.dense({ units: 6, name: "dense" }),
        layers.leakyReLU({ alpha: 0.2, name: "leaky" }),
        layers.dense({ units: 3, name: "last" }),
      ],
    });
    const changed = await expectExchanged(model, (node) => (node === 2 ? 4 : 2));
    expect(changed.layers.map((layer) => layer.name)).to.include.members([
      "conv_quadratic_1",
      "conv_quadratic_2",
      "dense",
      "leaky_quadratic",
    ]);
    expect(changed.layers.map((layer) => layer.name)).to.not.include("leaky");
  });

  it("follows the connections of a functional model, to its output too", async () => {
    const image = input({ shape: [4] });
    const left = layers.dense({ units: 3, activation: "tanh", name: "left" }).apply(image) as SymbolicTensor;
    const one = layers.dense({ units: 3, name: "one" }).apply(left) as SymbolicTensor;
    const two = layers.dense({ units: 3, name: "two" }).apply(left) as SymbolicTensor;
    const sum = layers.add({ name: "sum" }).apply([one, two]) as SymbolicTensor;
    const output = layers.activation({ activation: "swish", name: "swish" }).apply(sum) as SymbolicTensor;
    const changed = await expectExchanged(functional({ inputs: image, outputs: output }), () => 2);
    expect(changed.outputs[0].name).to.match(/^swish_quadratic/);
  });

  it("has coefficients that training changes", async () => {
    const model = sequential({
      layers: [layers.dense({ inputShape: [4], units: 3, activation: "relu" }), layers.dense({ units: 1 })],
    });
    const changed = await expectExchanged(model, () => 2);
    expect(changed.trainableWeights.map(({ shape }) => shape)).to.deep.include.members([[3], [3], [3]]);
  });

  it("is not made from the files of another model", async () => {
    const model = sequential({
      layers: [layers.dense({ inputShape: [4], units: 3, activation: "relu", name: "first" })],
    });
    const { json, weights } = await saveModel(model);
    const { activations } = fitGraph(importTfjs(json, weights), [[1, 2, 3, 4]], { degreeOf: () => 2 });
    const renamed = activations.map((fit) => ({ ...fit, layer: "other" }));
    expect(() => quadraticModel({ modelJson: json, weights }, renamed)).to.throw(ModelError, /"other" was fitted/);
  });
});
