/** Matrices of which only the weights that are not zero are written down, row by row: convolutions see few of the elements of an image. */

/** A matrix by rows. */
export interface SparseMatrix {
  readonly rows: number;
  readonly columns: number;
  /** Where each row begins in `indices` and `weights`, and where the last one ends. */
  readonly starts: Int32Array;
  /** Column of each weight, ascending within a row. */
  readonly indices: Int32Array;
  /** Different from zero. */
  readonly weights: Float64Array;
}

/** More weights than this in one matrix are more than a plan may have. */
const MAX_WEIGHTS = 1 << 26;

/** A matrix would be too large to write down. */
export class MatrixSizeError extends Error {}

/** Writes a matrix down row by row. */
export class MatrixWriter {
  readonly #columns: number;
  readonly #rows: number;
  readonly #starts: Int32Array;
  #indices = new Int32Array(1024);
  #weights = new Float64Array(1024);
  #length = 0;
  #row = 0;
  /** The row at hand: its weights by column, and the columns it has some for, in the order they were met. */
  readonly #sums: Float64Array;
  readonly #met: Uint8Array;
  readonly #touched: Int32Array;
  #count = 0;

  constructor(rows: number, columns: number) {
    this.#rows = rows;
    this.#columns = columns;
    this.#starts = new Int32Array(rows + 1);
    this.#sums = new Float64Array(columns);
    this.#met = new Uint8Array(columns);
    this.#touched = new Int32Array(columns);
  }

  /** Adds a weight to the row at hand. */
  add(column: number, weight: number): void {
    if (this.#met[column] === 0) {
      this.#met[column] = 1;
      this.#touched[this.#count++] = column;
    }
    this.#sums[column] += weight;
  }

  /** Adds a multiple of a row of another matrix to the row at hand. */
  addRow({ starts, indices, weights }: SparseMatrix, row: number, factor = 1): void {
    for (let at = starts[row]; at < starts[row + 1]; at++) this.add(indices[at], factor * weights[at]);
  }

  /**
   * Ends the row at hand.
   *
   * @throws MatrixSizeError when the matrix has more than 2^26 weights by now
   */
  endRow(): void {
    const columns = this.#touched.subarray(0, this.#count).sort();
    this.#reserve(this.#length + columns.length);
    for (const column of columns) {
      const weight = this.#sums[column];
      this.#sums[column] = 0;
      this.#met[column] = 0;
      if (weight === 0) continue;
      this.#indices[this.#length] = column;
      this.#weights[this.#length++] = weight;
    }
    this.#count = 0;
    this.#starts[++this.#row] = this.#length;
  }

  /** The matrix; rows that were not ended have no weights. */
  finish(): SparseMatrix {
    this.#starts.fill(this.#length, this.#row + 1);
    return {
      rows: this.#rows,
      columns: this.#columns,
      starts: this.#starts,
      indices: this.#indices.slice(0, this.#length),
      weights: this.#weights.slice(0, this.#length),
    };
  }

  #reserve(length: number): void {
    checkSize(length, this.#rows, this.#columns);
    if (length <= this.#weights.length) return;
    const room = Math.max(length, 2 * this.#weights.length);
    const [indices, weights] = [new Int32Array(room), new Float64Array(room)];
    indices.set(this.#indices);
    weights.set(this.#weights);
    [this.#indices, this.#weights] = [indices, weights];
  }
}

/** The weight of a row and a column, 0 where none is written down. */
export function weightAt({ columns, starts, indices, weights }: SparseMatrix, row: number, column: number): number {
  let [from, to] = [starts[row], starts[row + 1]];
  if (to - from === columns) return weights[from + column];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (indices[middle] < column) from = middle + 1;
    else to = middle;
  }
  return from < starts[row + 1] && indices[from] === column ? weights[from] : 0;
}

/** Visits every weight, row by row. */
export function forEachWeight(
  { rows, starts, indices, weights }: SparseMatrix,
  visit: (row: number, column: number, weight: number) => void,
): void {
  for (let row = 0; row < rows; row++)
    for (let at = starts[row]; at < starts[row + 1]; at++) visit(row, indices[at], weights[at]);
}

/** A matrix with other weights; those that become zero are left out. */
export function withWeights(
  matrix: SparseMatrix,
  change: (weight: number, row: number, column: number) => number,
): SparseMatrix {
  const starts = new Int32Array(matrix.rows + 1);
  const indices = new Int32Array(matrix.weights.length);
  const weights = new Float64Array(matrix.weights.length);
  let length = 0;
  for (let row = 0; row < matrix.rows; row++) {
    for (let at = matrix.starts[row]; at < matrix.starts[row + 1]; at++) {
      const weight = change(matrix.weights[at], row, matrix.indices[at]);
      if (weight === 0) continue;
      indices[length] = matrix.indices[at];
      weights[length++] = weight;
    }
    starts[row + 1] = length;
  }
  return { ...matrix, starts, indices: indices.slice(0, length), weights: weights.slice(0, length) };
}

/** The product of two matrices, the left one applied after the right one (Gustavson, "Two fast algorithms for sparse matrices", 1978). */
export function product(left: SparseMatrix, right: SparseMatrix): SparseMatrix {
  const writer = new MatrixWriter(left.rows, right.columns);
  for (let row = 0; row < left.rows; row++) {
    for (let at = left.starts[row]; at < left.starts[row + 1]; at++)
      writer.addRow(right, left.indices[at], left.weights[at]);
    writer.endRow();
  }
  return writer.finish();
}

/** The matrix of some rows of matrices with as many columns; row k is `rows[k]`, or without weights. */
export function rowsFrom(
  columns: number,
  rows: readonly (readonly [matrix: SparseMatrix, row: number] | undefined)[],
): SparseMatrix {
  const lengths = rows.map((row) => (row === undefined ? 0 : row[0].starts[row[1] + 1] - row[0].starts[row[1]]));
  const starts = new Int32Array(rows.length + 1);
  let length = 0;
  lengths.forEach((count, k) => {
    length += count;
    checkSize(length, rows.length, columns);
    starts[k + 1] = length;
  });
  const [indices, weights] = [new Int32Array(length), new Float64Array(length)];
  rows.forEach((row, k) => {
    if (row === undefined) return;
    const [matrix, index] = row;
    const [from, to] = [matrix.starts[index], matrix.starts[index + 1]];
    indices.set(matrix.indices.subarray(from, to), starts[k]);
    weights.set(matrix.weights.subarray(from, to), starts[k]);
  });
  return { rows: rows.length, columns, starts, indices, weights };
}

/** All rows of a matrix, in order. */
export function allRows(matrix: SparseMatrix): (readonly [matrix: SparseMatrix, row: number])[] {
  return Array.from({ length: matrix.rows }, (_, row) => [matrix, row] as const);
}

/** A matrix whose columns are moved: column j to `place[j]`. */
export function withColumnsAt(matrix: SparseMatrix, place: Int32Array): SparseMatrix {
  const writer = new MatrixWriter(matrix.rows, matrix.columns);
  const { starts, indices, weights } = matrix;
  for (let row = 0; row < matrix.rows; row++) {
    for (let at = starts[row]; at < starts[row + 1]; at++) writer.add(place[indices[at]], weights[at]);
    writer.endRow();
  }
  return writer.finish();
}

function checkSize(weights: number, rows: number, columns: number): void {
  if (weights > MAX_WEIGHTS) throw new MatrixSizeError(`a matrix of ${rows} × ${columns}`);
}
