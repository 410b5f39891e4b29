/** Division by a product of primes with rounding: mod-down after a key switch, and rescaling. */
import type { Basis } from "./basis.ts";
import type { Context } from "./context.ts";

import type { Hand } from "./threads/hand.ts";

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
  /** Where the quotient goes in the end, by which table of an automorphism, if it is moved. */
  readonly moved?: { readonly to: number; readonly table: number };
}

/** A polynomial to be divided. */
export interface Dividend {
  /** Addresses of the residues modulo the primes divided by, in NTT form. */
  readonly dropped: readonly number[];
  /** The other primes. */
  readonly kept: readonly Kept[];
}

/**
 * Divides polynomials by the product of a basis, rounding to the nearest integer: the residues modulo the basis, taken
 * nearest to zero, are subtracted, and what is left is divisible. With one prime this is SEAL's
 * `divide_and_round_q_last_ntt_inplace` (util/rns.cpp) and the end of its `switch_key_inplace` (evaluator.cpp).
 *
 * @param context where
 * @param basis the primes divided by
 * @param dividends at most three
 */
export function divideBy(context: Context, basis: Basis, dividends: readonly Dividend[]): void {
  const { machine } = context;
  const { n, team } = machine;
  const size = basis.indices.length;
  team.share(dividends.length * size, (part, hand) => {
    const [p, k] = [Math.floor(part / size), part % size];
    const prime = machine.primes[basis.indices[k]];
    machine.inverse(context.coefficients(k, p), dividends[p].dropped[k], prime, basis.scales[k], hand);
  });
  if (size > 1) {
    team.share(dividends.length, (p, hand) => {
      findQuotients(context, basis, context.coefficients(0, p), context.quotients(p), hand);
    });
  }
  const parts = dividends.flatMap(({ kept }, p) => kept.map((one) => ({ p, one })));
  team.share(parts.length, (part, hand) => {
    const { p, one } = parts[part];
    const { index, from, to, addend, moved } = one;
    const row = context.passing(hand);
    const { inverse } = basis.target(index);
    centredModulo(
      context,
      { basis, first: context.coefficients(0, p), quotients: context.quotients(p) },
      index,
      row,
      hand,
    );
    hand.wasm.divide(to, from, row, inverse.w, inverse.shoup, addend, n, machine.primes[index].address);
    if (moved !== undefined) hand.wasm.permute(moved.to, to, moved.table, n);
  });
}

/**
 * For a basis of several primes, how often their product goes into the weighted sum of the coefficients.
 *
 * @param context where
 * @param basis whose coefficients stand in scratch
 * @param first address of the first prime's coefficients
 * @param out address of the quotients
 * @param hand who does it
 */
export function findQuotients(context: Context, basis: Basis, first: number, out: number, hand: Hand): void {
  const { machine } = context;
  const words = basis.fractions.flatMap((fraction, j) => [first + j * machine.row, fraction]);
  hand.wasm.quotient(out, machine.list(hand, words), basis.indices.length, machine.n);
}

/** Coefficients modulo a basis, in scratch. */
export interface Coefficients {
  readonly basis: Basis;
  /** Address of the first prime's. */
  readonly first: number;
  /** Address of the quotients, of a basis of several primes. */
  readonly quotients: number;
}

/**
 * Takes coefficients modulo a basis, nearest to zero, to another prime and into NTT form.
 *
 * @param context where
 * @param coefficients what is taken
 * @param index the other prime
 * @param out where the values go; in [0, 2q)
 * @param hand who does it
 */
export function centredModulo(
  context: Context,
  { basis, first, quotients }: Coefficients,
  index: number,
  out: number,
  hand: Hand,
): void {
  const { machine } = context;
  const { n } = machine;
  const { wasm } = hand;
  const { complement, wide, weights } = basis.target(index);
  const { address } = machine.primes[index];
  const size = basis.indices.length;
  if (size === 1) {
    const half = Math.floor(machine.primes[basis.indices[0]].q / 2);
    wasm.forwardCentred(out, first, half, complement, Number(wide), n, address);
    return;
  }
  const words = weights.flatMap((weight, j) => [j < size ? first + j * machine.row : quotients, weight]);
  wasm.combine(out, machine.list(hand, words), weights.length, n, address, 0);
  wasm.forward(out, out, 0, n, address, 0);
}
