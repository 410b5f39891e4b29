/** Imports a TensorFlow.js layers model. Only what `model.json` and its weights say is used; TensorFlow.js is not needed. */
import * as z from "zod";
import { ModelError } from "./errors.ts";
import { elementCount, type Graph, type Operation, type OutputActivation, type Shape } from "./graph.ts";
import { makeGraph, type NodeSpec } from "./make-graph.ts";
import { resultShape, ShapeError } from "./shapes.ts";
import {
  importActivation,
  importElu,
  importLeakyRelu,
  importQuadratic,
  importRelu,
  importSoftmax,
  importSquare,
  namedActivation,
} from "./tfjs/activation.ts";
import { importBatchNormalization } from "./tfjs/batch-normalization.ts";
import { importConv1d, importConv2d, importDepthwiseConv2d, importSeparableConv2d } from "./tfjs/convolution.ts";
import { importDense } from "./tfjs/dense.ts";
import { settings, type ImportedLayer, type LayerImporter } from "./tfjs/layer.ts";
import { readModelJson, type SavedLayer, type SavedModel } from "./tfjs/model-json.ts";
import {
  importAveragePool1d,
  importAveragePool2d,
  importGlobalAveragePool1d,
  importGlobalAveragePool2d,
} from "./tfjs/pooling.ts";
import * as rearrangement from "./tfjs/rearrangement.ts";
import { openWeights, type WeightReader } from "./tfjs/weight-reader.ts";

const IMPORTERS: ReadonlyMap<string, LayerImporter> = new Map([
  ["Dense", importDense],
  ["Conv1D", importConv1d],
  ["Conv2D", importConv2d],
  ["DepthwiseConv2D", importDepthwiseConv2d],
  ["SeparableConv2D", importSeparableConv2d],
  ["AveragePooling1D", importAveragePool1d],
  ["AveragePooling2D", importAveragePool2d],
  ["GlobalAveragePooling1D", importGlobalAveragePool1d],
  ["GlobalAveragePooling2D", importGlobalAveragePool2d],
  ["BatchNormalization", importBatchNormalization],
  ["Flatten", rearrangement.importFlatten],
  ["Reshape", rearrangement.importReshape],
  ["Permute", rearrangement.importPermute],
  ["ZeroPadding2D", rearrangement.importZeroPadding2d],
  ["Add", rearrangement.importAdd],
  ["Concatenate", rearrangement.importConcatenate],
  ["Dropout", rearrangement.importNothing],
  ["SpatialDropout1D", rearrangement.importNothing],
  ["GaussianDropout", rearrangement.importNothing],
  ["GaussianNoise", rearrangement.importNothing],
  ["AlphaDropout", rearrangement.importNothing],
  ["Activation", importActivation],
  ["ReLU", importRelu],
  ["LeakyReLU", importLeakyRelu],
  ["ELU", importElu],
  ["Softmax", importSoftmax],
  ["Square", importSquare],
  ["Quadratic", importQuadratic],
]);

/** What would help with the classes people bring most often. */
const ADVICE: Readonly<Record<string, string>> = {
  MaxPooling1D: "Use average pooling: a maximum is not a polynomial.",
  MaxPooling2D: "Use average pooling: a maximum is not a polynomial.",
  GlobalMaxPooling1D: "Use global average pooling: a maximum is not a polynomial.",
  GlobalMaxPooling2D: "Use global average pooling: a maximum is not a polynomial.",
  LayerNormalization: "Use batch normalisation: its mean and variance are fixed after training.",
  Embedding: "Look the embedding up in the clear and give the model its result as input.",
  PReLU: "Use LeakyReLU, whose slope is one number.",
  ThresholdedReLU: "Use ReLU after a bias.",
};

/**
 * Imports a model saved in the TensorFlow.js layers format.
 *
 * @param modelJson the parsed `model.json`
 * @param weights all weight files of its manifest joined, little-endian float32
 * @returns the model as a graph, activations as they are; a trailing softmax or sigmoid becomes its `finish`
 * @throws ModelError naming the layer, its class and what would help: unknown or unsupported layers, weights missing, of another shape or not finite
 */
export function importTfjs(modelJson: unknown, weights: Uint8Array | ArrayBuffer): Graph {
  const model = readModelJson(modelJson);
  const bytes = weights instanceof Uint8Array ? weights : new Uint8Array(weights);
  return new Importer(model, openWeights(model.weights, bytes)).run();
}

/**
 * The weight files a `model.json` names, in the order to join them.
 *
 * @param modelJson the parsed `model.json`
 * @throws ModelError when it is not a layers model
 */
export function weightPaths(modelJson: unknown): readonly string[] {
  return readModelJson(modelJson).weightPaths;
}

class Importer {
  readonly #model: SavedModel;
  readonly #weights: WeightReader;
  readonly #nodes: NodeSpec[] = [];
  readonly #shapes: Shape[] = [];
  /** The node that is a layer's result. */
  readonly #resultOf = new Map<string, number>();
  #finish: OutputActivation = "none";

  constructor(model: SavedModel, weights: WeightReader) {
    this.#model = model;
    this.#weights = weights;
  }

  run(): Graph {
    for (const layer of this.#model.layers) this.#resultOf.set(layer.name, this.#import(layer));
    const output = this.#resultOf.get(this.#model.output);
    if (output === undefined)
      throw new ModelError(this.#model.output, "is the output and is not there", "Save the whole model.");
    return makeGraph(this.#model.name, this.#nodes, { output, finish: this.#finish });
  }

  /** @returns the node that is the layer's result */
  #import(layer: SavedLayer): number {
    if (layer.className === "InputLayer") return this.#add(layer.name, { op: "input", shape: inputShape(layer) }, []);
    const inputs = layer.inbound.map((name) => this.#resultOf.get(name)!);
    if (inputs.length === 0)
      throw new ModelError(layer.name, "is not connected to anything", "Remove it from the model.");
    const { operations, activation } = this.#layer(layer, inputs);
    let operands = inputs;
    for (const operation of operations) operands = [this.#add(layer.name, operation, operands)];
    return activation === undefined ? operands[0] : this.#activate(layer, activation, operands[0]);
  }

  #layer(layer: SavedLayer, inputs: readonly number[]): ImportedLayer {
    const { name, className, config } = layer;
    const importer = IMPORTERS.get(className);
    if (importer === undefined) refuseClass(layer);
    return importer({
      name,
      className,
      config,
      inputs: inputs.map((index) => this.#shapes[index]),
      weight: (weight, shape) => this.#weights.read(name, weight, shape),
      weightShape: (weight) => this.#weights.shapeOf(name, weight),
    });
  }

  /** @returns the node that is the activated result: at the end of the model the client applies softmax and sigmoid */
  #activate(layer: SavedLayer, name: string, operand: number): number {
    if (name === "linear") return operand;
    if (layer.name === this.#model.output && (name === "softmax" || name === "sigmoid")) {
      this.#finish = name;
      return operand;
    }
    return this.#add(layer.name, { op: "activation", activation: namedActivation(layer.name, name) }, [operand]);
  }

  #add(name: string, operation: Operation, inputs: readonly number[]): number {
    this.#shapes.push(this.#shape(name, operation, inputs));
    this.#nodes.push({ name, operation, inputs });
    return this.#nodes.length - 1;
  }

  #shape(name: string, operation: Operation, inputs: readonly number[]): Shape {
    const operands = inputs.map((index) => this.#shapes[index]);
    try {
      return resultShape(operation, operands);
    } catch (cause) {
      if (!(cause instanceof ShapeError)) throw cause;
      throw new ModelError(name, cause.message, "Check the shapes of this layer and of those before it.", { cause });
    }
  }
}

const input = z.object({ batch_input_shape: z.array(z.int().positive().nullable()).min(2) });

function inputShape(layer: SavedLayer): Shape {
  const [, ...shape] = settings(layer, input).batch_input_shape;
  const sizes = shape.filter((size) => size !== null);
  if (sizes.length !== shape.length || elementCount(sizes) === 0) {
    throw new ModelError(
      layer.name,
      `has the input shape [${shape.join(", ")}] with an open size`,
      "Fix every size of the input but the batch.",
    );
  }
  return sizes;
}

function refuseClass(layer: SavedLayer): never {
  const { name, className } = layer;
  const nested = ["Sequential", "Model", "Functional"].includes(className);
  throw new ModelError(
    name,
    nested ? "is a model inside the model" : `is of class ${className}, which is not supported`,
    nested ? "Build one flat model." : (ADVICE[className] ?? `Use these classes: ${[...IMPORTERS.keys()].join(", ")}.`),
  );
}
