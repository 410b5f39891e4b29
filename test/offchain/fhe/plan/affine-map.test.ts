import { expect } from "chai";
import type { AffineOperation, Shape } from "../../../../offchain/fhe/graph/graph.ts";
import { applyAffine } from "../../../../offchain/fhe/graph/operations.ts";
import { operationMatrix } from "../../../../offchain/fhe/plan/affine-map.ts";
import { forEachWeight } from "../../../../offchain/fhe/plan/sparse-matrix.ts";
import { paddedWindow, randomSamples } from "./random-graph.ts";

const some = (count: number): Float64Array => randomSamples(1, count, count);
const image = [5, 4, 3];
const window = paddedWindow(3, 2, 1);
const dilated = { ...paddedWindow(2, 1, 1), dilation: [2, 1] } as const;

const CASES: readonly (readonly [name: string, operation: AffineOperation, shape: Shape])[] = [
  ["a dense layer", { op: "dense", units: 4, kernel: some(24), bias: some(4) }, [6]],
  ["a dense layer along the last axis of three", { op: "dense", units: 2, kernel: some(6), bias: null }, image],
  ["a convolution", { op: "conv2d", window, filters: 4, kernel: some(108), bias: some(4) }, image],
  ["a dilated convolution", { op: "conv2d", window: dilated, filters: 2, kernel: some(24), bias: null }, image],
  ["a depthwise one", { op: "depthwiseConv2d", window, multiplier: 2, kernel: some(54), bias: some(6) }, image],
  ["a pool with padding", { op: "averagePool", window }, image],
  [
    "a batch normalisation",
    { op: "batchNorm", gamma: some(3), beta: null, mean: some(3), variance: some(3).map(Math.abs), epsilon: 1e-3 },
    image,
  ],
  ["a bias", { op: "bias", bias: some(3) }, image],
  ["a reshape", { op: "reshape", shape: [60] }, image],
  ["a permutation", { op: "permute", order: [2, 0, 1] }, image],
  [
    "padding",
    {
      op: "zeroPad",
      padding: [
        [1, 0],
        [0, 2],
      ],
    },
    image,
  ],
];

describe("the matrix of an operation", () => {
  for (const [name, operation, shape] of CASES) {
    it(`does what the operation does without what it adds: ${name}`, () => {
      const values = some(shape.reduce((product, size) => product * size, 1));
      const expected = applyAffine(operation, values, shape, false);
      const matrix = operationMatrix(operation, shape);
      expect([matrix.rows, matrix.columns]).to.deep.equal([expected.length, values.length]);
      const actual = new Float64Array(matrix.rows);
      forEachWeight(matrix, (row, column, weight) => {
        actual[row] += weight * values[column];
      });
      expected.forEach((value, k) => expect(actual[k]).to.be.closeTo(value, 1e-12));
      expect(expected.some((value) => value !== 0)).to.equal(true);
    });
  }
});
