import { elementCount, isAffine, type Graph, type Node, type Operation, type Shape } from "./graph.ts";
import { applyAffine, applyElementwise, concatenate } from "./operations.ts";

/**
 * Evaluates a graph in double precision: the reference every compiled plan is compared with.
 *
 * @param input elements of the one input, row-major
 * @returns elements of the output, before softmax or sigmoid: what a plan decrypts to
 * @throws RangeError when the input has another number of elements
 */
export function evaluateGraph(graph: Graph, input: ArrayLike<number>): Float64Array {
  return evaluateNodes(graph, input)[graph.output];
}

/**
 * Evaluates a graph and keeps the result of every node.
 *
 * @param input elements of the one input, row-major
 * @returns elements of every node's result, in the order of the nodes
 */
export function evaluateNodes(graph: Graph, input: ArrayLike<number>): Float64Array[] {
  const expected = elementCount(graph.nodes[0].shape);
  if (input.length !== expected) throw new RangeError(`the model takes ${expected} numbers, not ${input.length}`);
  const results: Float64Array[] = [];
  for (const node of graph.nodes) results.push(evaluateNode(graph, node, results, input));
  return results;
}

function evaluateNode(
  graph: Graph,
  node: Node,
  results: readonly Float64Array[],
  input: ArrayLike<number>,
): Float64Array {
  if (node.operation.op === "input") return Float64Array.from(input);
  return evaluateOperation(
    node.operation,
    node.inputs.map((index) => ({ values: results[index], shape: graph.nodes[index].shape })),
  );
}

/** Elements of a tensor, row-major, with its shape. */
export interface Operand {
  readonly values: Float64Array;
  readonly shape: Shape;
}

/**
 * Evaluates one operation in double precision.
 *
 * @param operands as many as it takes, of shapes it takes
 */
export function evaluateOperation(
  operation: Exclude<Operation, { readonly op: "input" }>,
  operands: readonly Operand[],
): Float64Array {
  if (operation.op === "concatenate") return concatenate(operation.axis, operands);
  const [{ values, shape }] = operands;
  if (operation.op === "add") {
    return values.map((_, k) => operands.reduce((sum, operand) => sum + operand.values[k], 0));
  }
  if (isAffine(operation)) return applyAffine(operation, values, shape);
  return applyElementwise(operation, values);
}
