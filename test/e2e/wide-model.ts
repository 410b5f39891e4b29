/** A small model with many outputs, how it is published, and what TensorFlow.js says of an input. */
import "@tensorflow/tfjs-backend-cpu";
import { setBackend } from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";

import { Square } from "../../offchain/fhe/graph/square-layer.ts";
import type { PublishRequest } from "../../offchain/publisher/types.ts";
import { predict, randomInput, randomSequential, saveModel } from "../offchain/fhe/graph/tfjs-models.ts";
import { smallRequest } from "../offchain/publisher/world.ts";

const INPUTS = 6;

/**
 * The model, with random weights.
 *
 * @param finish of its last layer
 */
export async function wideModel(
  outputs: number,
  finish: "linear" | "softmax",
): Promise<{ request: PublishRequest; input: number[]; expected: number[] }> {
  await setBackend("cpu");
  const model = randomSequential(
    [
      layers.dense({ inputShape: [INPUTS], units: 8 }),
      new Square({}),
      layers.dense({ units: outputs, activation: finish }),
    ],
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
