/** Division by a product of primes with rounding: mod-down after a key switch, and rescaling. */
import type { Basis } from "./basis.ts";
import type { Context } from "./context.ts";

/** One residue polynomial of a quotient. */
export interface Kept {
  /** Index of its prime. */
  readonly index: number;
  /** Where the dividend's residues are. */
  readonly from: number;
  /** Where the quotient's go. */
  readonly to: number;
  /** Address of what is added to the quotient, or 0. */
  readonly addend: number;
}

/**
 * Divides one polynomial by the product of a basis, rounding to the nearest integer: the residues modulo the basis, taken
 * nearest to zero, are subtracted, and what is left is divisible. With one prime this is SEAL's
 * `divide_and_round_q_last_ntt_inplace` (util/rns.cpp) and the end of its `switch_key_inplace` (evaluator.cpp).
 *
 * @param context where
 * @param basis the primes divided by
 * @param dropped addresses of the residues modulo them, in NTT form
 * @param kept the other primes
 */
export function divideBy(context: Context, basis: Basis, dropped: readonly number[], kept: readonly Kept[]): void {
  const { machine } = context;
  const { wasm, n } = machine;
  basis.indices.forEach((index, k) => {
    machine.inverse(context.coefficients(k), dropped[k], machine.primes[index], basis.scales[k]);
  });
  findQuotients(context, basis, 0, 0);
  const row = context.passing(0);
  for (const { index, from, to, addend } of kept) {
    const { address } = machine.primes[index];
    const { inverse } = basis.target(index);
    centredModulo(context, basis, 0, 0, index, row);
    wasm.divide(to, from, row, inverse.w, inverse.shoup, addend, n, address);
  }
}

/**
 * For a basis of several primes, how often their product goes into the weighted sum of the coefficients.
 *
 * @param context where
 * @param basis whose coefficients stand in scratch
 * @param first row of scratch where they begin
 * @param group which row of quotients to write
 */
export function findQuotients(context: Context, basis: Basis, first: number, group: number): void {
  if (basis.indices.length === 1) return;
  const { machine, list } = context;
  const words = basis.fractions.flatMap((fraction, j) => [context.coefficients(first + j), fraction]);
  machine.arena.words.set(words, list / 4);
  machine.wasm.quotient(context.quotients(group), list, basis.indices.length, machine.n);
}

/**
 * Takes coefficients modulo a basis, nearest to zero, to another prime and into NTT form.
 *
 * @param context where
 * @param basis whose coefficients, and quotients, stand in scratch
 * @param first row of scratch where the coefficients begin
 * @param group row of the quotients
 * @param index the other prime
 * @param out where the values go; in [0, 2q)
 */
export function centredModulo(
  context: Context,
  basis: Basis,
  first: number,
  group: number,
  index: number,
  out: number,
): void {
  const { machine, list } = context;
  const { wasm, n } = machine;
  const { complement, wide, weights } = basis.target(index);
  const { address } = machine.primes[index];
  if (basis.indices.length === 1) {
    const half = Math.floor(machine.primes[basis.indices[0]].q / 2);
    wasm.forwardCentred(out, context.coefficients(first), half, complement, Number(wide), n, address);
    return;
  }
  const words = weights.flatMap((weight, j) => [
    j < basis.indices.length ? context.coefficients(first + j) : context.quotients(group),
    weight,
  ]);
  machine.arena.words.set(words, list / 4);
  wasm.combine(out, list, weights.length, n, address, 0);
  wasm.forward(out, out, 0, n, address, 0);
}
