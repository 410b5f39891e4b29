/** The rows of a linear stage one by one, as throughput plans compute them: one linear combination a row. */
import { rowsOf, type MatrixMap, type WindowsMap } from "./affine-map.ts";

/** One product of a row. */
export interface RowTerm {
  /** Element of the stage's operand. */
  readonly column: number;
  /** Names the weight within the stage; windows share theirs. */
  readonly weight: number;
}

/** A linear stage row by row. */
export interface RowMap {
  readonly rows: number;
  /** Elements of the operand. */
  readonly columns: number;
  /** Value of each weight, by name. */
  readonly weights: Float64Array;
  readonly biasOf: (row: number) => number;
  readonly termsOf: (row: number) => RowTerm[];
}

/** Rows of a map; taps that see padding have no term. */
export function rowMap(map: WindowsMap | MatrixMap): RowMap {
  const rows = rowsOf(map);
  if (map.kind === "matrix") {
    const { columns, starts, indices, weights, bias } = map;
    return {
      rows,
      columns,
      weights,
      biasOf: (row) => bias[row],
      termsOf: (row) =>
        Array.from(indices.subarray(starts[row], starts[row + 1]), (column, k) => ({
          column,
          weight: starts[row] + k,
        })),
    };
  }
  const { channels, elements, gather, kernel, bias } = map;
  return {
    rows,
    columns: map.columns,
    weights: kernel,
    biasOf: (row) => bias[row % channels],
    termsOf(row) {
      const [window, channel] = [Math.floor(row / channels), row % channels];
      return Array.from({ length: elements }, (_, e) => ({
        column: gather[window * elements + e],
        weight: channel * elements + e,
      })).filter(({ column }) => column >= 0);
    },
  };
}
