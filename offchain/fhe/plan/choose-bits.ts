/** Layouts of matrices by the bits of the slots, for vectors that have copies within their period. */
import { foldRuns, heldAfter, progressionsOf, rowBitsFor, runsOf, type Held } from "./bit-layout.ts";
import {
  choicesOf,
  endsWell,
  extend,
  foldsOf,
  powersOfTwo,
  tooManyProducts,
  type Candidate,
  type Path,
  type Position,
} from "./layout-path.ts";
import { powerOfTwoFrom } from "./packing.ts";

/** The path with a matrix of so many rows. */
export function bitCandidates(path: Path, held: Held, rows: number, position: Position): Candidate[] {
  const found: Candidate[] = [];
  for (const rowBits of rowBitsFor(held, powerOfTwoFrom(rows), position.costs.params.n / 2)) {
    const after = heldAfter(held, rowBits);
    const products = 2 ** rowBits.data.length;
    // The last stage leaves its rows in the fewest slots, so that they are whole in all the others.
    if (
      tooManyProducts(products, position) ||
      !endsWell(after.period, position) ||
      (position.last && rowBits.copies.length > 0)
    )
      continue;
    for (const babies of choicesOf(runsOf(rowBits.data).map(({ count }) => powersOfTwo(1, count)))) {
      const shape = { products, progressions: progressionsOf(rowBits, babies) };
      for (const folds of foldsOf(foldRuns(held, rowBits), shape, path, position)) {
        const layout = { form: "bits" as const, held, rows: rowBits, babies, folds };
        found.push(extend(path, layout, { held: after, onGrid: undefined }, { ...shape, folds }, position));
      }
    }
  }
  return found;
}
