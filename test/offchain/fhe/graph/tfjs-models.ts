/** Builds TensorFlow.js models with random weights and saves them in memory: the reference the importer is checked against. */
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { sequential, type layers, type LayersModel } from "@tensorflow/tfjs-layers";

/** A model as its files hold it. */
export interface SavedFiles {
  readonly json: { readonly modelTopology: unknown; readonly weightsManifest: unknown };
  readonly weights: Uint8Array;
}

/** A small deterministic generator (mulberry32), so that a failing case can be repeated. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Replaces all weights: uniform in ±0.5, and in [0.5, 1.5] where only positive ones make sense (moving variances).
 */
export function randomiseWeights(model: LayersModel, seed: number): void {
  const random = randomNumbers(seed);
  for (const layer of model.layers) {
    const tensors = layer.weights.map((weight) => {
      const shift = weight.originalName.includes("moving_variance") ? 0.5 : -0.5;
      const shape = weight.shape.map((size) => size!);
      const size = shape.reduce((product, axis) => product * axis, 1);
      return tf.tensor(
        Float32Array.from({ length: size }, () => random() + shift),
        shape,
      );
    });
    layer.setWeights(tensors);
    tf.dispose(tensors);
  }
}

/** A sequential model with random weights. */
export function randomSequential(stack: readonly layers.Layer[], seed: number): LayersModel {
  const model = sequential({ layers: [...stack] });
  randomiseWeights(model, seed);
  return model;
}

/** What `model.save()` writes. */
export async function saveModel(model: LayersModel): Promise<SavedFiles> {
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler((artifacts) => {
      saved = artifacts;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } });
    }),
  );
  const { modelTopology, weightSpecs, weightData } = saved!;
  return {
    json: { modelTopology, weightsManifest: [{ paths: ["weights.bin"], weights: weightSpecs }] },
    weights: new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)),
  };
}

/** What the model gives for one input. */
export function predict(model: LayersModel, input: readonly number[]): number[] {
  return tf.tidy(() => {
    const shape = model.inputs[0].shape.slice(1).map((size) => size!);
    const output = model.predict(tf.tensor([...input], [1, ...shape])) as tf.Tensor;
    return [...output.dataSync()];
  });
}

/** Random elements in [−1, 1] for the model's input. */
export function randomInput(model: LayersModel, seed: number): number[] {
  const random = randomNumbers(seed ^ 0x5bd1e995);
  const size = model.inputs[0].shape.slice(1).reduce<number>((product, axis) => product * axis!, 1);
  return Array.from({ length: size }, () => Math.fround(2 * random() - 1));
}
