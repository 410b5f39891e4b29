/**
 * Folds a graph into what is left to do on ciphertexts: affine maps and squares, in turns. Everything affine between two squares becomes one map:
 * convolutions, batch normalisation, pooling, reshapes, joins. A quadratic is a completed square, a·x² + b·x + c = a·(x + b/2a)² + c − b²/4a: its shift goes
 * into the map before it, its factor into the map after it.
 */
import {
  elementCount,
  isAffine,
  type ElementwiseOperation,
  type Graph,
  type Node,
  type OutputActivation,
  type Shape,
} from "../graph/graph.ts";
import {
  followedBy,
  identityMap,
  isIdentity,
  joined,
  MatrixSizeError,
  rowsOf,
  shifted,
  sumOf,
  toMatrix,
  uniformMap,
  type AffineMap,
  type MatrixMap,
  type WindowsMap,
} from "./affine-map.ts";
import { CompileError } from "./errors.ts";

/** Which layers of the model a stage comes from. */
export interface StageOrigin {
  /** Names of the layers, in order. */
  readonly layers: readonly string[];
  /** Their operations, e.g. `conv2d`. */
  readonly operations: readonly string[];
}

export interface LinearStage extends StageOrigin {
  readonly kind: "linear";
  readonly map: WindowsMap | MatrixMap;
}

export interface SquareStage extends StageOrigin {
  readonly kind: "square";
  /** Elements it squares. */
  readonly size: number;
}

export type Stage = LinearStage | SquareStage;

/** A model as stages; each takes one level. The last one is linear. */
export interface Network {
  readonly inputShape: Shape;
  /** What the client places before the first stage: element k of its operand is input element `inputGather[k]`, or 0 for −1. */
  readonly inputGather: Int32Array;
  readonly stages: readonly Stage[];
  readonly outputs: number;
  readonly finish: OutputActivation;
}

/**
 * Folds a graph.
 *
 * @throws CompileError naming the layer: a polynomial of degree above 2, branches with squares of their own, a map too large to write down
 */
export function foldGraph(graph: Graph): Network {
  return new Folder(graph).run();
}

/** A value as an affine map of the result of the last square before it. */
interface Folded {
  /** Number of squares before it. */
  readonly base: number;
  readonly map: AffineMap;
  readonly origin: StageOrigin;
}

const NOWHERE: StageOrigin = { layers: [], operations: [] };

class Folder {
  readonly #graph: Graph;
  readonly #values: Folded[] = [];
  readonly #stages: Stage[] = [];
  #base = 0;
  #inputGather: Int32Array | undefined;

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  run(): Network {
    for (const node of this.#graph.nodes) this.#values.push(this.#guarded(node));
    const { nodes, output, finish } = this.#graph;
    const last = this.#values[output];
    this.#requireCurrent(nodes[output], last);
    this.#pushLinear(last, true);
    return {
      inputShape: nodes[0].shape,
      inputGather: this.#inputGather ?? identityMap(elementCount(nodes[0].shape)).indices,
      stages: this.#stages,
      outputs: elementCount(nodes[output].shape),
      finish,
    };
  }

  #guarded(node: Node): Folded {
    try {
      return this.#fold(node);
    } catch (cause) {
      if (!(cause instanceof MatrixSizeError)) throw cause;
      const reason = `becomes ${cause.message}, which is more than can be evaluated on ciphertexts`;
      throw new CompileError(
        node.name,
        reason,
        "Make it or the layer before it smaller, e.g. by larger strides, fewer channels or earlier pooling.",
      );
    }
  }

  #fold(node: Node): Folded {
    const { operation, inputs } = node;
    if (operation.op === "input") return { base: 0, map: identityMap(elementCount(operation.shape)), origin: NOWHERE };
    const operands = inputs.map((index) => this.#values[index]);
    const shapes = inputs.map((index) => this.#graph.nodes[index].shape);
    const [operand] = operands;
    if (isAffine(operation)) {
      return {
        base: operand.base,
        map: followedBy(operand.map, operation, shapes[0]),
        origin: extended(operands, node),
      };
    }
    if (operation.op === "add" || operation.op === "concatenate") {
      if (operands.some(({ base }) => base !== operand.base)) refuseBranches(node);
      const maps = operands.map(({ map }) => map);
      const map = operation.op === "add" ? sumOf(maps) : joined(maps, shapes, operation.axis);
      return { base: operand.base, map, origin: extended(operands, node) };
    }
    return this.#elementwise(node, operation, operand);
  }

  #elementwise(node: Node, operation: ElementwiseOperation, operand: Folded): Folded {
    const [c, b, a, ...higher] = operation.op === "square" ? [0, 0, 1] : [...operation.coefficients, 0, 0];
    if (higher.some((coefficient) => coefficient !== 0)) {
      throw new CompileError(
        node.name,
        "is a polynomial of degree above 2",
        "Use a quadratic, e.g. a Square layer; a quadratic takes one level.",
      );
    }
    const size = rowsOf(operand.map);
    if (a === 0) return { ...operand, map: multiply(operand.map, b, c), origin: extended([operand], node) };
    this.#requireCurrent(node, operand);
    const shift = b / (2 * a);
    this.#pushLinear(shift === 0 ? operand : { ...operand, map: shifted(operand.map, shift) }, false);
    this.#stages.push({ kind: "square", size, layers: [node.name], operations: [operation.op] });
    this.#base++;
    return { base: this.#base, map: uniformMap(size, a, c - (b * b) / (4 * a)), origin: NOWHERE };
  }

  /** Appends the map of a value as a stage, or leaves it to the client where it only places input elements. */
  #pushLinear({ map, origin }: Folded, last: boolean): void {
    const first = this.#stages.length === 0;
    if (!last && first && map.kind === "gather") this.#inputGather = map.indices;
    else if (last || !isIdentity(map))
      this.#stages.push({ kind: "linear", map: map.kind === "gather" ? toMatrix(map) : map, ...origin });
  }

  /** Squares follow each other in one line: a value that skips one is on another line. */
  #requireCurrent(node: Node, value: Folded): void {
    if (value.base !== this.#base) refuseBranches(node);
  }
}

function multiply(map: AffineMap, factor: number, shift: number): AffineMap {
  const full = toMatrix(map);
  return {
    ...full,
    matrix: full.matrix.map((value) => value * factor),
    bias: full.bias.map((value) => value * factor + shift),
  };
}

function extended(operands: readonly Folded[], node: Node): StageOrigin {
  const layers = new Set([...operands.flatMap(({ origin }) => origin.layers), node.name]);
  const operations = new Set([...operands.flatMap(({ origin }) => origin.operations), node.operation.op]);
  return { layers: [...layers], operations: [...operations] };
}

function refuseBranches(node: Node): never {
  throw new CompileError(
    node.name,
    "brings together branches with different squares on their way",
    "Join the branches before their squares: the square of a concatenation is the concatenation of the squares.",
  );
}
