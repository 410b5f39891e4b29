import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { loadLayersModel } from "@tensorflow/tfjs-layers";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import "../../offchain/fhe/graph/quadratic-layer.ts";
import "../../offchain/fhe/graph/square-layer.ts";
import { readyTensorFlow } from "./tensorflow.ts";

/** A model as the two files TensorFlow.js reads. */
export interface ModelFiles {
  /** model.json: topology and the manifest that names weights.bin. */
  readonly topology: string;
  /** weights.bin: little-endian float32, in the order of the manifest. */
  readonly weights: Uint8Array;
}

/**
 * Writes a model down in the TensorFlow.js layers format.
 *
 * @param model any layers model whose layers serialise
 */
export async function serialiseModel(model: LayersModel): Promise<ModelFiles> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler((saved) => {
      artifacts = saved;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } });
    }),
  );
  if (artifacts?.weightSpecs === undefined || artifacts.weightData === undefined) {
    throw new TypeError("TensorFlow.js saved the model without its weights.");
  }
  const { format, generatedBy, convertedBy, modelTopology, weightSpecs } = artifacts;
  const weightsManifest = [{ paths: ["weights.bin"], weights: weightSpecs }];
  const json = { format, generatedBy, convertedBy, modelTopology, weightsManifest };
  return {
    topology: `${JSON.stringify(json, null, 2)}\n`,
    weights: new Uint8Array(tf.io.CompositeArrayBuffer.join(artifacts.weightData)),
  };
}

/**
 * Writes model.json and weights.bin.
 *
 * @param files from {@link serialiseModel}
 * @param folder that is there
 */
export function writeModel(files: ModelFiles, folder: string): void {
  writeFileSync(path.join(folder, "model.json"), files.topology);
  writeFileSync(path.join(folder, "weights.bin"), files.weights);
}

/**
 * Loads a model that {@link writeModel} wrote, with its `Square` and `Quadratic` layers. For files of this repository: the content is not
 * checked.
 *
 * @param folder that holds model.json and weights.bin
 * @returns the model on the JavaScript backend; the caller disposes of it
 */
export async function readModel(folder: string): Promise<LayersModel> {
  const json = JSON.parse(readFileSync(path.join(folder, "model.json"), "utf8")) as unknown;
  return loadModel(json, new Uint8Array(readFileSync(path.join(folder, "weights.bin"))));
}

/**
 * Loads a model from what its files hold.
 *
 * @param modelJson the parsed `model.json`
 * @param weights of its one weight file
 * @returns the model on the JavaScript backend; the caller disposes of it
 */
export async function loadModel(modelJson: unknown, weights: Uint8Array): Promise<LayersModel> {
  await readyTensorFlow();
  const json = modelJson as tf.io.ModelJSON;
  return loadLayersModel(
    tf.io.fromMemory({
      modelTopology: json.modelTopology,
      weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
      weightData: new Uint8Array(weights).buffer,
    }),
  );
}
