import { activationName } from "../graph/activation.ts";
import type { ElementwiseOperation, Node } from "../graph/graph.ts";
import { CompileError } from "./errors.ts";

/**
 * The coefficients of 1, x and x² of an elementwise operation, for every element.
 *
 * @throws CompileError when it is no polynomial of degree 2
 */
export function quadraticOf(
  node: Node,
  operation: ElementwiseOperation,
  size: number,
): readonly [Float64Array, Float64Array, Float64Array] {
  if (operation.op === "activation") {
    throw new CompileError(
      node.name,
      `applies ${activationName(operation.activation)}, which is not a polynomial`,
      "Fit its activations first: compile() does, on the calibration inputs.",
    );
  }
  const given: readonly (number | Float64Array)[] = operation.op === "square" ? [0, 0, 1] : operation.coefficients;
  const coefficients = Array.from({ length: Math.max(3, given.length) }, (_, power) => {
    const value = given[power] ?? 0;
    return Float64Array.from({ length: size }, (_, k) => (typeof value === "number" ? value : value[k % value.length]));
  });
  const [c, b, a, ...higher] = coefficients;
  if (higher.some((values) => values.some((coefficient) => coefficient !== 0))) {
    throw new CompileError(
      node.name,
      "is a polynomial of degree above 2",
      "Use a quadratic, e.g. a Square layer; a quadratic takes one level.",
    );
  }
  return [c, b, a];
}
