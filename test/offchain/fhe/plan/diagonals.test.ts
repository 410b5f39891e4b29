import { expect } from "chai";
import fc from "fast-check";
import { lowerClasses } from "../../../../offchain/fhe/plan/classes.ts";
import {
  foldsInPairs,
  lowerDiagonals,
  packingAfter,
  type SlotMatrix,
} from "../../../../offchain/fhe/plan/diagonals.ts";
import { packed, powerOfTwoFrom } from "../../../../offchain/fhe/plan/packing.ts";
import { ProgramBuilder, type Program } from "../../../../offchain/fhe/plan/program.ts";
import { MatrixWriter, type SparseMatrix } from "../../../../offchain/fhe/plan/sparse-matrix.ts";
import { randomNumbers } from "../graph/tfjs-models.ts";
import { runProgram } from "./run-program.ts";

const SLOTS = 256;

const rotationsOf = (program: Program): number => program.steps.filter(({ op }) => op === "rotate").length;

const power = (min: number, max: number) => fc.integer({ min, max }).map((exponent) => 2 ** exponent);
const shapes = fc.record({
  columns: power(0, 4),
  stride: power(0, 3),
  rows: fc.integer({ min: 1, max: 24 }),
  groups: power(0, 4),
  baby: power(0, 4),
  idle: fc.integer({ min: 0, max: 3 }),
  fours: fc.boolean(),
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
});

interface Case {
  readonly matrix: SlotMatrix;
  readonly weights: readonly number[];
  /** Elements of the vector: window by window, column by column. */
  readonly input: readonly number[];
  readonly slots: readonly number[];
}

function makeCase({
  columns,
  stride,
  rows,
  idle,
  seed,
}: {
  columns: number;
  stride: number;
  rows: number;
  idle: number;
  seed: number;
}): Case {
  const random = randomNumbers(seed);
  const windows = Math.max(1, stride - idle);
  const weights = Array.from({ length: rows * columns }, () => Math.floor(9 * random()) - 4);
  const bias = Float64Array.from({ length: rows }, () => Math.floor(9 * random()) - 4);
  const input = Array.from({ length: windows * columns }, () => Math.floor(9 * random()) - 4);
  // Slots beyond the windows hold garbage.
  const period = Array.from({ length: stride * columns }, (_, slot) => {
    const [column, window] = [Math.floor(slot / stride), slot % stride];
    return window < windows ? input[window * columns + column] : 1000 * random();
  });
  const matrix = {
    columns,
    stride,
    windows,
    rows,
    bias,
    weight: (row: number, column: number) => weights[row * columns + column],
  };
  return { matrix, weights, input, slots: Array.from({ length: SLOTS }, (_, i) => period[i % period.length]) };
}

function expected({ matrix, weights, input }: Case): number[] {
  const { columns, windows, rows, bias } = matrix;
  return Array.from({ length: windows * rows }, (_, k) => {
    const [window, row] = [Math.floor(k / rows), k % rows];
    let sum = bias[row];
    for (let column = 0; column < columns; column++)
      sum += weights[row * columns + column] * input[window * columns + column];
    return sum;
  });
}

function written(rows: number, columns: number, weights: readonly number[]): SparseMatrix {
  const writer = new MatrixWriter(rows, columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) writer.add(column, weights[row * columns + column]);
    writer.endRow();
  }
  return writer.finish();
}

describe("a matrix by diagonals", function () {
  this.timeout(20_000);

  it("is the product with the vector, in every copy the packing promises, for every split into groups and steps", () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const { matrix, ...rest } = makeCase(shape);
        const padded = powerOfTwoFrom(shape.rows);
        const groups = Math.min(padded, Math.max(shape.groups, padded / shape.columns));
        fc.pre(groups * shape.columns * shape.stride <= SLOTS);
        const baby = Math.min(shape.baby, padded / groups);
        const builder = new ProgramBuilder(SLOTS);
        const pieces = Math.max(1, (shape.columns * groups) / padded);
        const folds = shape.fours && pieces > 2 ? [4, ...foldsInPairs(pieces / 4)] : foldsInPairs(pieces);
        const result = lowerDiagonals(builder, [{ x: builder.input, map: matrix }], { groups, baby, folds });
        if (result === undefined) {
          expect(rest.weights.every((weight) => weight === 0)).to.equal(true);
          return;
        }
        const program = builder.finish([result]);
        const slots = runProgram(program, rest.slots);
        const packing = packingAfter(matrix, groups);
        const values = expected({ matrix, ...rest });
        values.forEach((value, k) => {
          for (let slot = packing.slots[k]; slot < SLOTS; slot += packing.period) expect(slots[slot]).to.equal(value);
        });
        // With one group, or nothing to fold, no slot is left with anything else.
        if (groups === 1 || padded / groups === shape.columns) {
          const used = new Set(packing.slots);
          slots.forEach((value, slot) => {
            if (!used.has(slot % packing.period)) expect(value).to.equal(0);
          });
        }
        const diagonals = padded / groups;
        const most = baby - 1 + diagonals / baby - 1 + folds.reduce((sum, count) => sum + count - 1, 0);
        expect(rotationsOf(program)).to.be.at.most(most);
      }),
      { numRuns: 150 },
    );
  });

  it("takes b − 1 + m/b − 1 + log2(p/m) rotations, those of giant steps all alike", () => {
    const { matrix } = makeCase({ columns: 32, stride: 1, rows: 16, idle: 0, seed: 1 });
    const builder = new ProgramBuilder(SLOTS);
    const program = builder.finish([
      lowerDiagonals(builder, [{ x: builder.input, map: matrix }], { groups: 1, baby: 4 })!,
    ]);
    const steps = program.steps.flatMap((step) => (step.op === "rotate" ? [step.step] : []));
    expect(steps.sort((a, b) => a - b)).to.deep.equal([1, 2, 3, 4, 4, 4, 16]);
  });

  it("is nothing when all weights are zero", () => {
    const { matrix } = makeCase({ columns: 4, stride: 1, rows: 4, idle: 0, seed: 1 });
    const builder = new ProgramBuilder(SLOTS);
    expect(
      lowerDiagonals(builder, [{ x: builder.input, map: { ...matrix, weight: () => 0 } }], { groups: 1, baby: 2 }),
    ).to.equal(undefined);
  });
});

describe("a matrix by classes", function () {
  this.timeout(20_000);

  it("has the product as the mean of every class, wherever the elements sit", () => {
    const cases = fc.record({
      period: power(0, 8),
      elements: fc.integer({ min: 1, max: 12 }),
      rows: fc.integer({ min: 1, max: 12 }),
      baby: power(0, 4),
      seed: fc.integer({ min: 0, max: 2 ** 31 }),
    });
    fc.assert(
      fc.property(cases, ({ period, elements, rows, baby, seed }) => {
        fc.pre(elements <= period);
        const random = randomNumbers(seed);
        const weights = Array.from({ length: rows * elements }, () => Math.floor(9 * random()) - 4);
        const bias = Float64Array.from({ length: rows }, () => Math.floor(9 * random()) - 4);
        const input = Array.from({ length: elements }, () => Math.floor(9 * random()) - 4);
        const places = Array.from({ length: period }, (_, slot) => slot)
          .map((slot) => [random(), slot])
          .sort(([a], [b]) => a - b)
          .slice(0, elements)
          .map(([, slot]) => slot);
        const slots = Array.from({ length: SLOTS }, () => 1000 * random());
        input.forEach((value, k) => {
          for (let slot = places[k]; slot < SLOTS; slot += period) slots[slot] = value;
        });
        const classes = powerOfTwoFrom(rows);
        const builder = new ProgramBuilder(SLOTS);
        const result = lowerClasses(
          builder,
          [{ x: builder.input, map: { kind: "matrix", ...written(rows, elements, weights), bias } }],
          { packing: packed(period, Int32Array.from(places)), classes, baby: Math.min(baby, classes, period) },
        );
        if (result === undefined) return;
        const values = runProgram(builder.finish([result]), slots);
        for (let row = 0; row < rows; row++) {
          let mean = 0;
          for (let slot = row; slot < SLOTS; slot += classes) mean += (values[slot] * classes) / SLOTS;
          const wanted = input.reduce((sum, value, k) => sum + weights[row * elements + k] * value, bias[row]);
          expect(mean).to.be.closeTo(wanted, 1e-9);
        }
      }),
      { numRuns: 150 },
    );
  });
});
