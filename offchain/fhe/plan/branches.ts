/**
 * What takes a branch along where another one is squared: more rows of the linear stage before the square. A value that is not to be squared goes through as
 * x = ((x + 1)² − (x − 1)²)/4, which takes two.
 */
import type { Shape } from "../graph/graph.ts";
import { joinedOrder, toMatrix, type AffineMap, type MatrixMap } from "./affine-map.ts";
import type { LinearStage, SquareStage, Stage } from "./fold.ts";
import { allRows, MatrixWriter, rowsFrom, withColumnsAt } from "./sparse-matrix.ts";

/** A map of a vector that has got more elements at its end since: it does not look at them. */
export function widened(map: AffineMap, columns: number): AffineMap {
  return { ...map, columns };
}

/** The rows of two maps of the same x, one after the other. */
export function stacked(first: AffineMap, second: AffineMap): MatrixMap {
  const [a, b] = [toMatrix(first), toMatrix(second)];
  const bias = Float64Array.of(...a.bias, ...b.bias);
  return { kind: "matrix", ...rowsFrom(a.columns, [...allRows(a), ...allRows(b)]), bias };
}

/** The rows whose squares give back what a map gives: it plus one, and it less one. */
export function rowsToCarry(map: AffineMap): MatrixMap {
  const { bias, ...whole } = toMatrix(map);
  const plus = { ...whole, bias: bias.map((value) => value + 1) };
  return stacked(plus, { ...whole, bias: bias.map((value) => value - 1) });
}

/**
 * What gives back values that were carried.
 *
 * @param from index of their first square
 * @param size how many they are; their squares are twice as many
 * @param columns of all squares
 */
export function carriedFrom(from: number, size: number, columns: number): MatrixMap {
  const writer = new MatrixWriter(size, columns);
  for (let k = 0; k < size; k++) {
    writer.add(from + k, 1 / 4);
    writer.add(from + size + k, -1 / 4);
    writer.endRow();
  }
  return { kind: "matrix", ...writer.finish(), bias: new Float64Array(size) };
}

/**
 * Puts images that are squared together side by side, as channels of one image, so that what comes before and after them are maps between images: elements are moved, nothing else.
 *
 * @param parts of linear stages that take branches along: the shapes of what their rows are, one after the other
 */
export function sideBySide(stages: readonly Stage[], parts: ReadonlyMap<number, readonly Shape[]>): Stage[] {
  const moved = [...stages];
  for (const [index, shapes] of parts) {
    const joined = joinedShape(shapes);
    const [linear, square, next] = moved.slice(index, index + 3);
    if (joined === undefined || linear.kind !== "linear" || square.kind !== "square" || next.kind !== "linear")
      continue;
    const origin = joinedOrder(shapes, joined.length - 1);
    moved.splice(
      index,
      3,
      withRows(linear, origin, joined),
      withElements(square, origin),
      withColumns(next, origin, joined),
    );
  }
  return moved;
}

/** The image that images of the same size are together; undefined where they are none. */
function joinedShape(shapes: readonly Shape[]): Shape | undefined {
  const size = shapes[0].slice(0, -1);
  if (size.length === 0 || shapes.some((shape) => shape.slice(0, -1).join() !== size.join())) return undefined;
  return [...size, shapes.reduce((sum, shape) => sum + shape[shape.length - 1], 0)];
}

function withRows(stage: LinearStage, origin: Int32Array, to: Shape): LinearStage {
  const { bias, ...matrix } = toMatrix(stage.map);
  const rows = rowsFrom(
    matrix.columns,
    Array.from(origin, (row) => [matrix, row] as const),
  );
  return { ...stage, to, map: { kind: "matrix", ...rows, bias: movedElements(bias, origin) } };
}

function withElements(stage: SquareStage, origin: Int32Array): SquareStage {
  const { shift, offset } = stage;
  return { ...stage, shift: shift && movedElements(shift, origin), offset: offset && movedElements(offset, origin) };
}

function withColumns(stage: LinearStage, origin: Int32Array, from: Shape): LinearStage {
  const { map } = stage;
  const place = new Int32Array(origin.length);
  origin.forEach((element, k) => (place[element] = k));
  if (map.kind === "windows") {
    return {
      ...stage,
      from,
      map: { ...map, gather: map.gather.map((element) => (element < 0 ? -1 : place[element])) },
    };
  }
  return { ...stage, from, map: { ...map, ...withColumnsAt(map, place) } };
}

function movedElements(values: Float64Array, origin: Int32Array): Float64Array {
  return Float64Array.from(origin, (element) => values[element]);
}
