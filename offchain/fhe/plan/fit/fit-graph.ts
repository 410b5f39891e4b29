/**
 * Puts polynomials in the place of a graph's activations. They are fitted layer by layer, each on what reaches it through those before it as they were fitted, so
 * that a layer is ready for the errors of earlier ones.
 */
import { activationFunction, activationName } from "../../graph/activation.ts";
import { evaluateGraph, evaluateOperation, type Operand } from "../../graph/evaluate.ts";
import type { Graph, Node, Operation } from "../../graph/graph.ts";
import { makeGraph, type NodeSpec } from "../../graph/make-graph.ts";
import { CompileError } from "../errors.ts";
import { compareOutputs, type FitAccuracy } from "./accuracy.ts";
import { evaluateSteps, fitActivation, type ByChannel, type FitDegree, type FitResult } from "./fit-activation.ts";

/** An activation and what took its place. */
export interface ActivationFit extends FitResult {
  readonly layer: string;
  /** What the model was trained with, e.g. `leakyRelu(0.2)`. */
  readonly activation: string;
  /** Node of the fitted graph that the polynomials are applied to. */
  readonly operand: number;
  /** Elements along its last axis. */
  readonly channels: number;
  /** Root of the mean square of what the polynomials are off by, over the calibration inputs. */
  readonly rmsError: number;
  /** The same, over the standard deviation of the activation itself: 1 is as bad as a constant. */
  readonly relativeError: number;
}

/** A graph without activations, and how it differs from the one it was made from. */
export interface FittedGraph {
  readonly graph: Graph;
  readonly activations: readonly ActivationFit[];
  readonly accuracy: FitAccuracy;
}

export interface FitOptions {
  /** Degree for the activation at a node of the graph. */
  readonly degreeOf: (node: number) => FitDegree;
  /** Index of the right class of each sample. */
  readonly labels?: ArrayLike<number> | undefined;
}

/** Whether a graph holds activations. */
export function hasActivations({ nodes }: Graph): boolean {
  return nodes.some(({ operation }) => operation.op === "activation");
}

/**
 * Fits all activations of a graph.
 *
 * @param samples calibration inputs, at least one
 * @throws CompileError naming the layer whose values are not finite numbers
 */
export function fitGraph(
  graph: Graph,
  samples: readonly ArrayLike<number>[],
  { degreeOf, labels }: FitOptions,
): FittedGraph {
  const specs: NodeSpec[] = [];
  const activations: ActivationFit[] = [];
  /** For every node of the graph its place in the fitted one. */
  const places: number[] = [];
  /** For every node what every sample becomes there; dropped after its last use. */
  const results: (readonly Float64Array[])[] = [];
  const uses = lastUses(graph);
  graph.nodes.forEach((node, index) => {
    const inputs = node.inputs.map((input) => places[input]);
    if (node.operation.op === "activation") {
      const fitted = fitNode(node, node.operation, results[node.inputs[0]], degreeOf(index));
      let [operand] = inputs;
      for (const step of fitted.result.steps) {
        specs.push({ name: node.name, operation: polynomial(step), inputs: [operand] });
        operand = specs.length - 1;
      }
      activations.push({ ...fitted.result, layer: node.name, operand: inputs[0], ...fitted.figures });
      results.push(fitted.values);
    } else {
      specs.push({ name: node.name, operation: node.operation, inputs });
      results.push(evaluateNodeForAll(graph, node, results, samples));
    }
    places.push(specs.length - 1);
    for (const input of node.inputs) if (uses[input] === index) results[input] = [];
  });
  const fitted = makeGraph(graph.name, specs, { output: places[graph.output], finish: graph.finish });
  const exact = samples.map((sample) => evaluateGraph(graph, sample));
  return {
    graph: fitted,
    activations,
    accuracy: compareOutputs(exact, results[graph.output], graph.finish, labels),
  };
}

interface FittedNode {
  readonly result: FitResult;
  readonly figures: Pick<ActivationFit, "activation" | "channels" | "rmsError" | "relativeError">;
  /** What the polynomials make of every sample. */
  readonly values: readonly Float64Array[];
}

function fitNode(
  node: Node,
  { activation }: Operation & { readonly op: "activation" },
  operand: readonly Float64Array[],
  degree: FitDegree,
): FittedNode {
  if (!operand.every((values) => values.every(Number.isFinite))) {
    throw new CompileError(
      node.name,
      "is reached by numbers that are not finite on the calibration inputs",
      "Check the calibration inputs, and train with weight decay or batch normalisation, which keep values small.",
    );
  }
  const channels = node.shape[node.shape.length - 1];
  const result = fitActivation(
    activation,
    operand.map((values) => byChannel(values, channels)),
    degree,
  );
  const of = activationFunction(activation);
  const values = operand.map((sample) => sample.map((x, k) => evaluateSteps(result, x, k % channels)));
  const exact = operand.map((sample) => sample.map(of));
  const rmsError = Math.sqrt(meanOf(exact, (value, s, k) => (values[s][k] - value) ** 2));
  const mean = meanOf(exact, (value) => value);
  const deviation = Math.sqrt(meanOf(exact, (value) => (value - mean) ** 2));
  const relativeError = deviation > 0 ? rmsError / deviation : 0;
  return { result, figures: { activation: activationName(activation), channels, rmsError, relativeError }, values };
}

function polynomial(step: readonly Float64Array[]): Operation {
  if (step[0].length === 1) return { op: "polynomial", coefficients: step.map(([coefficient]) => coefficient) };
  return { op: "channelPolynomial", coefficients: step };
}

function evaluateNodeForAll(
  graph: Graph,
  { operation, inputs }: Node,
  results: readonly (readonly Float64Array[])[],
  samples: readonly ArrayLike<number>[],
): readonly Float64Array[] {
  if (operation.op === "input") return samples.map((sample) => Float64Array.from(sample));
  return samples.map((_, s) => {
    const operands = inputs.map((input): Operand => ({ values: results[input][s], shape: graph.nodes[input].shape }));
    return evaluateOperation(operation, operands);
  });
}

/** For every node the last node that uses it; the output is never dropped. */
function lastUses({ nodes, output }: Graph): number[] {
  const last = nodes.map(() => -1);
  nodes.forEach(({ inputs }, index) => {
    for (const input of inputs) last[input] = index;
  });
  last[output] = Infinity;
  return last;
}

function byChannel(values: Float64Array, channels: number): ByChannel {
  const positions = values.length / channels;
  return Array.from({ length: channels }, (_, c) =>
    Float64Array.from({ length: positions }, (_, position) => values[position * channels + c]),
  );
}

function meanOf(
  samples: readonly Float64Array[],
  of: (value: number, sample: number, index: number) => number,
): number {
  let sum = 0;
  let count = 0;
  samples.forEach((values, s) => {
    values.forEach((value, k) => (sum += of(value, s, k)));
    count += values.length;
  });
  return sum / count;
}
