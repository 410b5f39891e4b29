/**
 * Folds a graph into what is left to do on ciphertexts: affine maps and squares, in turns. Everything affine between two squares becomes one map:
 * convolutions, batch normalisation, pooling, reshapes, joins. A quadratic is a completed square, a·x² + b·x + c = ±(√|a|·(x + b/2a))² + c − b²/4a: what is inside
 * goes into the map before it, what is outside into the map after it. Where nothing but a shift lies between two squares, it is an addition before the second one and
 * takes no level; a factor would take one, so a square that directly follows another leaves its factor to what comes after. Branches go side by side: what is squared on one is squared together with what is squared on the
 * others, and what is not squared there is carried through.
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
  rowsOf,
  sumOf,
  toMatrix,
  type AffineMap,
  type MatrixMap,
  type WindowsMap,
} from "./affine-map.ts";
import { carriedFrom, rowsToCarry, sideBySide, stacked, widened } from "./branches.ts";
import { CompileError } from "./errors.ts";
import { quadraticOf } from "./quadratic.ts";
import { isNeutral, isUnit, scaledColumns, scaledRows, type Scaling } from "./scaled-map.ts";
import { MatrixSizeError } from "./sparse-matrix.ts";

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
 * @throws CompileError naming the layer: a polynomial of degree above 2, channels that are squared together with channels that are not, a map too large to write down
 */
export function foldGraph(graph: Graph): Network {
  try {
    return new Folder(graph, true).run();
  } catch (cause) {
    if (!(cause instanceof LeftBehindError)) throw cause;
    return new Folder(graph, false).run();
  }
}

/** Branches meet of which one cannot come along, since a square has nothing linear before it that could take it. */
class LeftBehindError extends Error {}

/** A value as an affine map of the result of the last quadratic before it. */
interface Folded {
  /** Number of squares before it. */
  readonly base: number;
  readonly map: AffineMap;
  readonly origin: StageOrigin;
}

/** Outside a completed square no more than this is added: at the last levels there are 29 bits beyond the scale. */
const MAX_CONSTANT = 2 ** 24;

/** Where a quadratic is found among the stages. */
interface Level {
  /** The linear stage before its square; undefined where the square directly follows another one, or the input. */
  readonly linear: number | undefined;
  readonly square: number;
  /** What makes the result of the quadratic of the square; undefined where they are the same. */
  readonly outside: Scaling | undefined;
}

const NOWHERE: StageOrigin = { layers: [], operations: [] };

class Folder {
  readonly #graph: Graph;
  readonly #values: Folded[] = [];
  readonly #stages: Stage[] = [];
  #base = 0;
  /** Of every quadratic, by the number of squares before and in it. */
  readonly #levels: Level[] = [];
  /** Shapes of what the rows of linear stages are that take branches along, by stage, one after the other. */
  readonly #parts = new Map<number, readonly Shape[]>();
  /** Values carried through squares, by node and number of squares. */
  readonly #carried = new Map<string, Folded>();
  #inputGather: Int32Array | undefined;
  readonly #direct: boolean;
  /** Shape of the result of the last square, or of the input. */
  #shape: Shape;

  /** @param direct whether a square may directly follow another one, or the input, which saves a level where no branch is in the way */
  constructor(graph: Graph, direct: boolean) {
    this.#direct = direct;
    this.#graph = graph;
    this.#shape = graph.nodes[0].shape;
  }

  run(): Network {
    for (const node of this.#graph.nodes) this.#values.push(this.#guarded(node, () => this.#fold(node)));
    const { nodes, output, finish } = this.#graph;
    const last = this.#carry(nodes[output], output, this.#values[output], this.#base);
    this.#offsetLastSquare();
    this.#guarded(nodes[output], () => {
      this.#pushLinear(nodes[output], last.origin, this.#fromSquare(last));
    });
    return {
      inputShape: nodes[0].shape,
      inputGather: this.#inputGather ?? identityMap(elementCount(nodes[0].shape)).indices,
      stages: sideBySide(this.#stages, this.#parts),
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
    const outside = this.#levels[this.#base]?.outside;
    if (square?.kind !== "square" || outside === undefined) return;
    const { factor, shift } = outside;
    const offset = shift.map((value, k) => value / factor[k]);
    if (offset.every((value) => value === 0)) return;
    this.#stages[this.#stages.length - 1] = { ...square, offset };
    this.#levels[this.#base] = {
      ...this.#levels[this.#base],
      outside: { factor, shift: new Float64Array(shift.length) },
    };
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
      const base = Math.max(...operands.map((each) => each.base));
      const level = operands.map((each, k) => this.#carry(node, inputs[k], each, base));
      const maps = level.map((each) => this.#widened(each));
      const map = operation.op === "add" ? sumOf(maps) : joined(maps, shapes, operation.axis);
      return { base, map, origin: extended(level, node) };
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
    const inside = b.map((value, k) => (value === 0 ? 0 : value / (2 * a[k])));
    const constant = c.map((value, k) => value - a[k] * inside[k] * inside[k]);
    if (constant.some((value) => !(Math.abs(value) < MAX_CONSTANT))) {
      throw new CompileError(
        node.name,
        "is so nearly a line that completing its square takes numbers no ciphertext has room for",
        "Make it a line, or train it with a larger factor of x².",
      );
    }
    const current = operand.base === this.#base;
    const direct = current && this.#direct ? this.#directShift(this.#widened(operand)) : undefined;
    if (direct === undefined) {
      const root = a.map((factor) => Math.sqrt(Math.abs(factor)));
      const before = { factor: root, shift: inside.map((value, k) => value * root[k]) };
      const outside = { factor: a.map(Math.sign), shift: constant };
      const scaled = isNeutral(before) ? operand : { ...operand, map: scaledRows(operand.map, before) };
      if (!current) return this.#squaredBeside(node, scaled, outside);
      this.#pushLinear(node, operand.origin, this.#fromSquare(scaled));
      this.#pushSquare(node, size, undefined, outside, this.#stages.length - 1);
    } else {
      const shift = inside.map((value, k) => value + (direct[k] ?? 0));
      if (this.#stages.length === 0 && operand.map.kind === "gather") this.#inputGather = operand.map.indices;
      this.#pushSquare(node, size, shift, { factor: a, shift: constant }, undefined);
    }
    return { base: this.#base, map: identityMap(size), origin: NOWHERE };
  }

  /** What is added between the last square, or the input, and the result of a map; undefined when more happens than that. */
  #directShift(map: AffineMap): Float64Array | undefined {
    // Input elements are moved by the client.
    if (this.#base === 0) return map.kind === "gather" ? new Float64Array() : undefined;
    if (!isIdentity(map)) return undefined;
    const { outside } = this.#levels[this.#base];
    if (outside === undefined) return new Float64Array();
    return isUnit(outside.factor) ? outside.shift : undefined;
  }

  /** The map of a value, of all there is in the result of its last quadratic by now. */
  #widened({ base, map }: Folded): AffineMap {
    return base === 0 ? map : widened(map, this.#squareAt(this.#levels[base]).size);
  }

  /** A value as a map of the squares of its last quadratic. */
  #fromSquare(value: Folded): AffineMap {
    const map = this.#widened(value);
    const outside = value.base === 0 ? undefined : this.#levels[value.base].outside;
    return outside === undefined ? map : scaledColumns(map, outside);
  }

  /** A value that goes through the squares of another branch as it is. */
  #carry(node: Node, index: number, value: Folded, base: number): Folded {
    let carried = value;
    while (carried.base < base) {
      const name = `${index}/${carried.base + 1}`;
      let next = this.#carried.get(name);
      if (next === undefined) {
        const size = rowsOf(carried.map);
        const rows = { ...carried, map: rowsToCarry(carried.map) };
        const { shape } = this.#graph.nodes[index];
        const outside = { factor: new Float64Array(2 * size).fill(1), shift: new Float64Array(2 * size) };
        const from = this.#append(node, rows, outside, [shape, shape]);
        next = { base: carried.base + 1, map: carriedFrom(from, size, from + 2 * size), origin: NOWHERE };
        this.#carried.set(name, next);
      }
      carried = next;
    }
    return carried;
  }

  /** A quadratic of a branch, whose square is made together with that of another one. */
  #squaredBeside(node: Node, value: Folded, outside: Scaling): Folded {
    const size = rowsOf(value.map);
    const from = this.#append(node, value, outside, [node.shape]);
    const indices = Int32Array.from({ length: size }, (_, k) => from + k);
    return { base: value.base + 1, map: { kind: "gather", columns: from + size, indices }, origin: NOWHERE };
  }

  /**
   * Squares a value together with what is squared at its level already.
   *
   * @param shapes of what the value is made of, one after the other
   * @returns index of the first of its squares
   * @throws LeftBehindError when nothing linear comes before those squares, or between them and the next ones
   */
  #append(node: Node, value: Folded, outside: Scaling, shapes: readonly Shape[]): number {
    const at = value.base + 1;
    const [level, next] = [this.#levels[at], this.#levels.at(at + 1)];
    if (level.linear === undefined || (next !== undefined && next.linear === undefined)) throw new LeftBehindError();
    const [linear, square] = [this.#linearAt(level.linear), this.#squareAt(level)];
    const map = stacked(linear.map, this.#fromSquare(value));
    const from = square.size;
    this.#parts.set(level.linear, [...(this.#parts.get(level.linear) ?? [linear.to]), ...shapes]);
    this.#stages[level.linear] = { ...linear, ...united([linear, value.origin]), map, to: [map.rows] };
    this.#stages[level.square] = {
      ...square,
      ...united([square, { layers: [node.name], operations: [] }]),
      size: map.rows,
    };
    const before = level.outside ?? { factor: new Float64Array(from).fill(1), shift: new Float64Array(from) };
    const both = {
      factor: Float64Array.of(...before.factor, ...outside.factor),
      shift: Float64Array.of(...before.shift, ...outside.shift),
    };
    this.#levels[at] = { ...level, outside: isNeutral(both) ? undefined : both };
    if (next?.linear === undefined) {
      this.#shape = [map.rows];
    } else {
      const after = this.#linearAt(next.linear);
      // What is outside the new squares is left to those who use them: nobody does yet.
      this.#stages[next.linear] = {
        ...after,
        map: widened(after.map, map.rows) as LinearStage["map"],
        from: [map.rows],
      };
    }
    return from;
  }

  #linearAt(index: number): LinearStage {
    const stage = this.#stages[index];
    if (stage.kind !== "linear") throw new TypeError(`stage ${index} is not linear`);
    return stage;
  }

  #squareAt({ square }: Level): SquareStage {
    const stage = this.#stages[square];
    if (stage.kind !== "square") throw new TypeError(`stage ${square} is no square`);
    return stage;
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

  /** @param linear index of the linear stage before it, if there is one */
  #pushSquare(
    node: Node,
    size: number,
    shift: Float64Array | undefined,
    outside: Scaling,
    linear: number | undefined,
  ): void {
    this.#base++;
    this.#levels[this.#base] = {
      linear,
      square: this.#stages.length,
      outside: isNeutral(outside) ? undefined : outside,
    };
    this.#stages.push({
      kind: "square",
      size,
      shift: shift?.some((value) => value !== 0) === true ? shift : undefined,
      offset: undefined,
      layers: [node.name],
      operations: [node.operation.op],
    });
    this.#shape = node.shape;
  }
}

function extended(operands: readonly Folded[], node: Node): StageOrigin {
  return united([...operands.map(({ origin }) => origin), { layers: [node.name], operations: [node.operation.op] }]);
}

function united(origins: readonly StageOrigin[]): StageOrigin {
  const layers = new Set(origins.flatMap((origin) => origin.layers));
  const operations = new Set(origins.flatMap((origin) => origin.operations));
  return { layers: [...layers], operations: [...operations] };
}
