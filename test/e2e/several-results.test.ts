/** Models with more outputs than a compact result holds: several results, inline as long as the hub takes them, as a blob when not. */
import "@tensorflow/tfjs-backend-cpu";
import { setBackend } from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";
import { expect } from "chai";

import { getQuote, getRequest } from "../../offchain/chain/requests.ts";
import { infer } from "../../offchain/client/infer.ts";
import type { ClientContext } from "../../offchain/client/types.ts";
import { Square } from "../../offchain/fhe/graph/square-layer.ts";
import { publishModel } from "../../offchain/publisher/publish.ts";
import type { PublishRequest } from "../../offchain/publisher/types.ts";
import { untilServing } from "../../scripts/network/fleet.ts";
import { predict, randomInput, randomSequential, saveModel } from "../offchain/fhe/graph/tfjs-models.ts";
import { smallRequest } from "../offchain/publisher/world.ts";
import { sharedNetwork, user } from "./shared-network.ts";

const INPUTS = 6;

/** A model, how it is published, and what TensorFlow.js says of an input. */
async function modelOf(outputs: number): Promise<{ request: PublishRequest; input: number[]; expected: number[] }> {
  await setBackend("cpu");
  const model = randomSequential(
    [layers.dense({ inputShape: [INPUTS], units: 8 }), new Square({}), layers.dense({ units: outputs })],
    outputs,
  );
  const { json, weights } = await saveModel(model);
  const inputs = Array.from({ length: 4 }, (_, i) => randomInput(model, i));
  const expected = predict(model, inputs[0]);
  model.dispose();
  const calibration = Float32Array.from(inputs.flat());
  const small = await smallRequest();
  const request = {
    ...small,
    source: { modelJson: JSON.parse(JSON.stringify(json)) as unknown, weights },
    compile: {
      calibration,
      inputRange: { min: -1, max: 1 },
      labels: Array.from({ length: outputs }, (_, k) => `class ${k}`),
      model: `of ${outputs} outputs`,
    },
    samples: { inputs: calibration.slice(0, INPUTS), data: "one random input" },
  };
  return { request, input: inputs[0], expected };
}

describe("an answer of several compact results", function () {
  this.timeout(120_000);
  let context: ClientContext;

  before(async () => {
    context = await user(5);
  });

  for (const [outputs, kind, bytes] of [
    [150, 0, 3 * 2344],
    [300, 1, 5 * 2344],
  ] as const) {
    it(`of ${outputs} classes: ${bytes} bytes, ${kind === 0 ? "on chain" : "from the node by its digest"}`, async () => {
      const { publisher, nodes, provider, deployment } = await sharedNetwork();
      const { request, input, expected } = await modelOf(outputs);
      const published = await publishModel({ ...request, nodes: nodes.map(({ address }) => address) }, publisher);
      await untilServing({ provider, deployment }, published.modelId, 1);
      const { modelId, version, manifest } = published;
      const price = await getQuote(provider, deployment.contracts, modelId, version, 0);
      const asked = { modelId, version, planIndex: 0, values: input, price, stated: manifest };
      const { requestId, answer, bytes: moved } = await infer(context, asked);

      const { result } = await getRequest(provider, deployment.contracts, requestId);
      expect(result).to.deep.include({ kind, size: bytes });
      expect(moved.result).to.equal(bytes);
      expect(answer.values).to.have.length(outputs);
      const { errorBound, step } = answer;
      expect(errorBound).to.be.below(Math.max(...expected.map(Math.abs)) / 4);
      answer.values.forEach((value, k) => expect(value, `class ${k}`).to.be.closeTo(expected[k], errorBound + step));
      expect(answer.label).to.equal(`class ${answer.index}`);
    });
  }
});
