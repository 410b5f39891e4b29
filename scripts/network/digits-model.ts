/** The digits model as its owner publishes it: what `npm run demo`, `npm start` and the end-to-end tests put on their chain. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { parseEther } from "ethers";

import { ETHER } from "../../offchain/chain/types.ts";
import type { EngineName } from "../../offchain/node/evaluation/evaluator.ts";
import type { ModelSource, PublishRequest } from "../../offchain/publisher/types.ts";
import { loadDigits, takeDigits } from "../digits/data.ts";

const FOLDER = path.resolve(import.meta.dirname, "../../models/digits");
const CALIBRATION = 500;

/** The model's files as TensorFlow.js saved them. */
export function digitsSource(): ModelSource {
  return {
    modelJson: JSON.parse(readFileSync(path.join(FOLDER, "model.json"), "utf8")) as unknown,
    weights: new Uint8Array(readFileSync(path.join(FOLDER, "weights.bin"))),
  };
}

/**
 * @param samples held-out digits on which accuracy under encryption is measured before anything is published
 * @param engine that the plan is compiled for
 */
export function digitsRequest(samples: number, engine: EngineName = "simd"): PublishRequest {
  const { validation, heldOut } = loadDigits();
  const measured = takeDigits(
    heldOut,
    Uint32Array.from({ length: samples }, (_, i) => i),
  );
  const calibration = takeDigits(
    validation,
    Uint32Array.from({ length: CALIBRATION }, (_, i) => i),
  );
  return {
    source: digitsSource(),
    compile: {
      calibration: calibration.images,
      inputRange: { min: 0, max: 1 },
      labels: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
      model: "digits",
      semantics: engine === "seal" ? "seal-4.1" : "hoisted-1",
    },
    samples: { inputs: measured.images, labels: measured.labels, data: `the first ${samples} held-out digits` },
    description: {
      name: "digits",
      title: "Handwritten digits",
      description: "Tells which digit, 0 to 9, was drawn, without seeing it.",
      card: readFileSync(path.join(FOLDER, "README.md"), "utf8"),
      license: "Apache-2.0",
      input: {
        description:
          "A grey picture of 28 by 28, 0 for paper and 1 for ink, the digit about 20 pixels high and centred by mass.",
        presentation: { kind: "image" },
      },
      output: { description: "One number a digit; the largest is the answer." },
    },
    terms: { token: ETHER, modelFee: parseEther("0.001"), nodeFee: parseEther("0.001") },
  };
}
