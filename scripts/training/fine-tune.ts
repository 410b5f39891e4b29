import type { LayersModel } from "@tensorflow/tfjs-layers";
import { importTfjs } from "../../offchain/fhe/graph/import-tfjs.ts";
import "../../offchain/fhe/graph/quadratic-layer.ts";
import { fitGraph, type FittedGraph } from "../../offchain/fhe/plan/fit/fit-graph.ts";
import { quadraticModel } from "../../offchain/fhe/plan/fit/quadratic-model.ts";
import { loadModel, serialiseModel } from "../digits/model-files.ts";

/** A model whose activations are quadratics now. */
export interface Quadratics {
  /** Ready to be trained on; the caller disposes of it. */
  readonly model: LayersModel;
  /** What was fitted, and what it cost in accuracy on the calibration inputs. */
  readonly fit: FittedGraph;
}

/**
 * Replaces the activations of a trained model by parabolas fitted on the calibration inputs, whose coefficients are weights: the first of two steps of fine-tuning. The second is to train
 * the model a few more epochs at a low rate, e.g. by `trainNetwork`.
 *
 * @param model trained; its activations are named in its layers
 * @param calibration inputs as it will see them, some hundred of them
 * @param labels index of the right class of each
 */
export async function withQuadratics(
  model: LayersModel,
  calibration: readonly ArrayLike<number>[],
  labels?: ArrayLike<number>,
): Promise<Quadratics> {
  const { topology, weights } = await serialiseModel(model);
  const files = { modelJson: JSON.parse(topology) as unknown, weights };
  const fit = fitGraph(importTfjs(files.modelJson, weights), calibration, { degreeOf: () => 2, labels });
  const changed = quadraticModel(files, fit.activations);
  return {
    model: await loadModel(changed.modelJson, changed.weights),
    fit,
  };
}
