/**
 * Folds a graph into what is left to do on ciphertexts: affine maps and squares, in turns. Everything affine between two squares becomes one map:
 * convolutions, batch normalisation, pooling, reshapes, joins. A quadratic is a completed square, a·x² + b·x + c = ±(√|a|·(x + b/2a))² + c − b²/4a: what is inside
 * goes into the map before it, what is outside into the map after it. Where nothing but a shift lies between two squares, it is an addition before the second one and
 * takes no level; a factor would take one, so a square that directly follows another leaves its factor to what comes after.
 */
import { activationName } from "../graph/activation.ts";
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
  sumOf,
  toMatrix,
  type AffineMap,
  type MatrixMap,
  type WindowsMap,
} from "./affine-map.ts";
import { CompileError } from "./errors.ts";
import { isNeutral, isUnit, scaledColumns, scaledRows, type Scaling } from "./scaled-map.ts";

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
  /** Shape of what it is applied to, and of its result; their elements are columns and rows of the map, in order. */
  readonly from: Shape;
  readonly to: Shape;
}

export interface SquareStage extends StageOrigin {
  readonly kind: "square";
  /** Elements it squares. */
  readonly size: number;
  /** Added to the elements before they are squared; undefined for nothing. */
  readonly shift: Float64Array | undefined;
  /** Added to the squares; undefined for nothing. Before the last stage alone. */
  readonly offset: Float64Array | undefined;
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

/** A value as an affine map of the result of the last quadratic before it. */
interface Folded {
  /** Number of squares before it. */
  readonly base: number;
  readonly map: AffineMap;
  readonly origin: StageOrigin;
}

/** Outside a completed square no more than this is added: at the last levels there are 29 bits beyond the scale. */
const MAX_CONSTANT = 2 ** 24;

const NOWHERE: StageOrigin = { layers: [], operations: [] };

class Folder {
  readonly #graph: Graph;
  readonly #values: Folded[] = [];
  readonly #stages: Stage[] = [];
  #base = 0;
  /** What makes the result of the last quadratic of the last square; undefined where they are the same. */
  #outside: Scaling | undefined;
  #inputGather: Int32Array | undefined;
  /** Shape of the result of the last square, or of the input. */
  #shape: Shape;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#shape = graph.nodes[0].shape;
  }

  run(): Network {
    for (const node of this.#graph.nodes) this.#values.push(this.#guarded(node, () => this.#fold(node)));
    const { nodes, output, finish } = this.#graph;
    const last = this.#values[output];
    this.#requireCurrent(nodes[output], last);
    this.#offsetLastSquare();
    this.#guarded(nodes[output], () => {
      this.#pushLinear(nodes[output], last.origin, this.#fromSquare(last.map));
    });
    return {
      inputShape: nodes[0].shape,
      inputGather: this.#inputGather ?? identityMap(elementCount(nodes[0].shape)).indices,
      stages: this.#stages,
      outputs: elementCount(nodes[output].shape),
      finish,
    };
  }

  /**
   * Moves what is added outside the last quadratic from the bias of the last stage to its square. A parabola that is nearly straight has its vertex far away: its squares are large, and so is what makes
   * up for them. The last stage has one prime for its outputs and no room for such a bias.
   */
  #offsetLastSquare(): void {
    const square = this.#stages.at(-1);
    if (square?.kind !== "square" || this.#outside === undefined) return;
    const { factor, shift } = this.#outside;
    const offset = shift.map((value, k) => value / factor[k]);
    if (offset.every((value) => value === 0)) return;
    this.#stages[this.#stages.length - 1] = { ...square, offset };
    this.#outside = { factor, shift: new Float64Array(shift.length) };
  }

  #guarded<T>(node: Node, action: () => T): T {
    try {
      return action();
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
    const size = rowsOf(operand.map);
    const [c, b, a] = quadraticOf(node, operation, size);
    if (a.every((factor) => factor === 0)) {
      return { ...operand, map: scaledRows(operand.map, { factor: b, shift: c }), origin: extended([operand], node) };
    }
    if (a.includes(0)) {
      const reason = "is a quadratic in some channels and a line in others, which cannot be squared together";
      throw new CompileError(node.name, reason, "Give every channel a square, or none.");
    }
    this.#requireCurrent(node, operand);
    const inside = b.map((value, k) => (value === 0 ? 0 : value / (2 * a[k])));
    const constant = c.map((value, k) => value - a[k] * inside[k] * inside[k]);
    if (constant.some((value) => !(Math.abs(value) < MAX_CONSTANT))) {
      throw new CompileError(
        node.name,
        "is so nearly a line that completing its square takes numbers no ciphertext has room for",
        "Make it a line, or train it with a larger factor of x².",
      );
    }
    const direct = this.#directShift(operand.map);
    if (direct === undefined) {
      const root = a.map((factor) => Math.sqrt(Math.abs(factor)));
      const before = { factor: root, shift: inside.map((value, k) => value * root[k]) };
      const map = this.#fromSquare(operand.map);
      this.#pushLinear(node, operand.origin, isNeutral(before) ? map : scaledRows(map, before));
      this.#pushSquare(node, size, undefined, { factor: a.map(Math.sign), shift: constant });
    } else {
      const shift = inside.map((value, k) => value + (direct[k] ?? 0));
      if (this.#stages.length === 0 && operand.map.kind === "gather") this.#inputGather = operand.map.indices;
      this.#pushSquare(node, size, shift, { factor: a, shift: constant });
    }
    return { base: this.#base, map: identityMap(size), origin: NOWHERE };
  }

  /** What is added between the last square, or the input, and the result of a map; undefined when more happens than that. */
  #directShift(map: AffineMap): Float64Array | undefined {
    // Input elements are moved by the client.
    if (this.#base === 0) return map.kind === "gather" ? new Float64Array() : undefined;
    if (!isIdentity(map)) return undefined;
    if (this.#outside === undefined) return new Float64Array();
    return isUnit(this.#outside.factor) ? this.#outside.shift : undefined;
  }

  /** A map of the last quadratic, as a map of the last square. */
  #fromSquare(map: AffineMap): AffineMap {
    return this.#outside === undefined ? map : scaledColumns(map, this.#outside);
  }

  /** @param node that the stage is named after when no layer of its own is in it, only factors of the squares around it */
  #pushLinear(node: Node, origin: StageOrigin, map: AffineMap): void {
    const { layers, operations } = origin.layers.length > 0 ? origin : { layers: [node.name], operations: ["scale"] };
    this.#stages.push({
      kind: "linear",
      map: map.kind === "gather" ? toMatrix(map) : map,
      from: this.#shape,
      to: node.shape,
      layers,
      operations,
    });
  }

  #pushSquare(node: Node, size: number, shift: Float64Array | undefined, outside: Scaling): void {
    this.#stages.push({
      kind: "square",
      size,
      shift: shift?.some((value) => value !== 0) === true ? shift : undefined,
      offset: undefined,
      layers: [node.name],
      operations: [node.operation.op],
    });
    this.#outside = isNeutral(outside) ? undefined : outside;
    this.#shape = node.shape;
    this.#base++;
  }

  /** Squares follow each other in one line: a value that skips one is on another line. */
  #requireCurrent(node: Node, value: Folded): void {
    if (value.base !== this.#base) refuseBranches(node);
  }
}

/**
 * The coefficients of 1, x and x² of an elementwise operation, for every element.
 *
 * @throws CompileError when it is no polynomial of degree 2
 */
function quadraticOf(
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
