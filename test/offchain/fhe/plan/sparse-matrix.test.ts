import { expect } from "chai";
import fc from "fast-check";
import {
  forEachWeight,
  MatrixWriter,
  product,
  rowsFrom,
  weightAt,
  withColumnsAt,
  withWeights,
  type SparseMatrix,
} from "../../../../offchain/fhe/plan/sparse-matrix.ts";

type Dense = readonly (readonly number[])[];

/** Few weights, small integers, rows of none among them. */
function matrices(rows: number, columns: number): fc.Arbitrary<Dense> {
  const weight = fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: -4, max: 4 }) },
  );
  return fc.array(fc.array(weight, { minLength: columns, maxLength: columns }), { minLength: rows, maxLength: rows });
}

function written(dense: Dense, columns: number): SparseMatrix {
  const writer = new MatrixWriter(dense.length, columns);
  for (const row of dense) {
    // From the last to the first, and in two parts: neither the order nor the number of calls matters.
    row.toReversed().forEach((weight, k) => {
      writer.add(columns - 1 - k, weight + 1);
      writer.add(columns - 1 - k, -1);
    });
    writer.endRow();
  }
  return writer.finish();
}

function denseOf(matrix: SparseMatrix): number[][] {
  const dense = Array.from({ length: matrix.rows }, () => new Array<number>(matrix.columns).fill(0));
  forEachWeight(matrix, (row, column, weight) => {
    expect(weight).to.not.equal(0);
    dense[row][column] = weight;
  });
  return dense;
}

const sizes = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }));

describe("a sparse matrix", () => {
  it("holds the weights it was written with, columns ascending, and 0 elsewhere", () => {
    fc.assert(
      fc.property(
        sizes.chain(([rows, columns]) => matrices(rows, columns)),
        (dense) => {
          const columns = dense[0].length;
          const matrix = written(dense, columns);
          expect(denseOf(matrix)).to.deep.equal(dense);
          dense.forEach((row, i) => {
            const indices = matrix.indices.subarray(matrix.starts[i], matrix.starts[i + 1]);
            expect([...indices]).to.deep.equal([...indices].sort((a, b) => a - b));
            row.forEach((weight, j) => expect(weightAt(matrix, i, j)).to.equal(weight));
          });
        },
      ),
    );
  });

  it("multiplies as the sums over its weights do", () => {
    const pairs = sizes.chain(([rows, inner, columns]) => fc.tuple(matrices(rows, inner), matrices(inner, columns)));
    fc.assert(
      fc.property(pairs, ([left, right]) => {
        const columns = right[0].length;
        const expected = left.map((row) =>
          Array.from({ length: columns }, (_, j) => row.reduce((sum, weight, k) => sum + weight * right[k][j], 0)),
        );
        expect(denseOf(product(written(left, right.length), written(right, columns)))).to.deep.equal(expected);
      }),
    );
  });

  it("changes weights, moves columns and takes rows", () => {
    const dense = [
      [0, 2, 3],
      [0, 0, 0],
      [4, 0, -1],
    ];
    const matrix = written(dense, 3);
    const less = withWeights(matrix, (weight, row, column) => weight - 3 * (row === 0 && column === 2 ? 1 : 0));
    expect(denseOf(less)).to.deep.equal([
      [0, 2, 0],
      [0, 0, 0],
      [4, 0, -1],
    ]);
    expect(denseOf(withColumnsAt(matrix, Int32Array.of(2, 0, 1)))).to.deep.equal([
      [2, 3, 0],
      [0, 0, 0],
      [0, -1, 4],
    ]);
    expect(denseOf(rowsFrom(3, [[matrix, 2], undefined, [less, 0], [matrix, 2]]))).to.deep.equal([
      [4, 0, -1],
      [0, 0, 0],
      [0, 2, 0],
      [4, 0, -1],
    ]);
  });
});
