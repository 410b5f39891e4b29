import { ModelError } from "./errors.ts";
import { elementCount, type Graph, type Node, type Operation, type OutputActivation, type Shape } from "./graph.ts";
import { resultShape, ShapeError } from "./shapes.ts";

/** A node before its shape is known. */
export interface NodeSpec {
  readonly name: string;
  readonly operation: Operation;
  /** Indices of earlier nodes. */
  readonly inputs: readonly number[];
}

/** More elements than any ciphertext has slots, with room for layers that shrink them again before they are encrypted. */
const MAX_ELEMENTS = 1 << 20;

/**
 * Builds a graph: infers every shape and checks every weight.
 *
 * @param name of the model
 * @param specs in topological order; the first, and only the first, is the input
 * @param output index of the output node; the last one when omitted
 * @throws ModelError naming the layer: shapes that do not fit, weights that are missing or not finite, nodes nobody uses
 */
export function makeGraph(
  name: string,
  specs: readonly NodeSpec[],
  { output = specs.length - 1, finish = "none" }: { output?: number; finish?: OutputActivation } = {},
): Graph {
  const nodes: Node[] = [];
  for (const [index, spec] of specs.entries()) {
    if ((spec.operation.op === "input") !== (index === 0)) {
      throw new ModelError(
        spec.name,
        "is not where a model with one input has it",
        "Give the model exactly one input, and make it the first layer.",
      );
    }
    if (spec.inputs.some((input) => !Number.isInteger(input) || input < 0 || input >= index)) {
      throw new ModelError(
        spec.name,
        "uses a layer that does not come before it",
        "Order the layers so that each follows those it uses.",
      );
    }
    refuseNonFinite(spec);
    nodes.push({
      ...spec,
      shape: inferShape(
        spec,
        spec.inputs.map((input) => nodes[input].shape),
      ),
    });
  }
  if (!Number.isInteger(output) || output < 0 || output >= nodes.length) {
    throw new ModelError(undefined, "has no output", "Name one of its layers as the output.");
  }
  refuseUnused(nodes, output);
  return { name, nodes, output, finish };
}

function inferShape(spec: NodeSpec, operands: readonly Shape[]): Shape {
  let shape: Shape;
  try {
    shape = resultShape(spec.operation, operands);
  } catch (cause) {
    if (!(cause instanceof ShapeError)) throw cause;
    throw new ModelError(spec.name, cause.message, "Check the shapes of this layer and of those before it.", { cause });
  }
  if (shape.length === 0 || shape.some((size) => !Number.isSafeInteger(size) || size < 1)) {
    throw new ModelError(
      spec.name,
      `has the shape [${shape.join(", ")}]`,
      "Give every axis but the batch a fixed size of at least 1.",
    );
  }
  if (elementCount(shape) > MAX_ELEMENTS) {
    throw new ModelError(
      spec.name,
      `holds ${elementCount(shape)} numbers, more than ${MAX_ELEMENTS}`,
      "Use smaller images or fewer channels.",
    );
  }
  return shape;
}

/** Every array of weights of an operation, with its name. */
function* weightsOf(operation: Operation): Generator<readonly [string, Iterable<number>]> {
  for (const name of ["kernel", "bias", "gamma", "beta", "mean", "variance"] as const) {
    const weights: unknown = name in operation ? operation[name as keyof Operation] : null;
    if (weights instanceof Float64Array) yield [name, weights];
  }
  if (operation.op === "batchNorm") yield ["epsilon", [operation.epsilon]];
  if (operation.op === "polynomial") yield ["coefficients", operation.coefficients];
  if (operation.op === "channelPolynomial")
    for (const channels of operation.coefficients) yield ["coefficients", channels];
  if (operation.op === "activation") {
    const { kind, ...settings } = operation.activation;
    yield [kind, Object.values(settings)];
  }
}

function refuseNonFinite(spec: NodeSpec): void {
  for (const [name, weights] of weightsOf(spec.operation)) {
    for (const weight of weights) {
      if (Number.isFinite(weight)) continue;
      throw new ModelError(
        spec.name,
        `has a weight in its ${name} that is not a finite number`,
        "Train the model again with a lower learning rate or clipped gradients, and save it when its loss is finite.",
      );
    }
  }
}

function refuseUnused(nodes: readonly Node[], output: number): void {
  const used = new Set([output]);
  for (let index = output; index >= 0; index--)
    if (used.has(index)) for (const input of nodes[index].inputs) used.add(input);
  const unused = nodes.findIndex((_, index) => !used.has(index));
  if (unused >= 0) {
    throw new ModelError(
      nodes[unused].name,
      "does not lead to the output",
      "Remove it, or save the model with this layer's output connected.",
    );
  }
}
