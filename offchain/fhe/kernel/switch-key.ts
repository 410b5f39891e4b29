/** Key switching: digits of a polynomial, times a key, summed modulo every prime. */
import type { Basis } from "./basis.ts";
import type { Context } from "./context.ts";
import { centredModulo, divideBy, findQuotients } from "./divide.ts";
import { KernelUseError } from "./errors.ts";
import type { SwitchKey } from "./handles.ts";

/**
 * How residues modulo one prime become integers: `plain` as they are, in [0, q) (SEAL's relinearisation); `turned` as SEAL
 * sees them after an automorphism; `centred` nearest to zero, which an automorphism does not change.
 */
export type Lift =
  { readonly kind: "plain" } | { readonly kind: "turned"; readonly element: number } | { readonly kind: "centred" };

/**
 * Takes a polynomial to coefficient form, in scratch, digit by digit.
 *
 * @param context where
 * @param groups the digits' primes
 * @param source address of the residues of a limb
 */
export function toCoefficients(context: Context, groups: readonly Basis[], source: (limb: number) => number): void {
  const { machine } = context;
  let row = 0;
  groups.forEach((group, g) => {
    const first = row;
    group.indices.forEach((index, j) => {
      machine.inverse(context.coefficients(row++), source(index), machine.primes[index], group.scales[j]);
    });
    findQuotients(context, group, first, g);
  });
}

/**
 * One digit modulo one prime outside its group, in NTT form and [0, 2q).
 *
 * @param context where, with the coefficients in scratch
 * @param group the digit's primes
 * @param first row of scratch where its coefficients begin
 * @param g number of the digit
 * @param index the prime
 * @param lift how coefficients become integers
 * @param out where the residues go
 */
export function digitModulo(
  context: Context,
  group: Basis,
  first: number,
  g: number,
  index: number,
  lift: Lift,
  out: number,
): void {
  if (lift.kind === "centred") {
    centredModulo(context, group, first, g, index, out);
    return;
  }
  const { wasm, n, primes } = context.machine;
  const { address } = primes[index];
  const { complement, wide } = group.target(index);
  const source = context.coefficients(first);
  if (lift.kind === "plain") wasm.forward(out, source, Number(wide), n, address, 0);
  else wasm.forwardTurned(out, source, lift.element, complement, Number(wide), n, address);
}

/**
 * Sums digits times key modulo one prime.
 *
 * @param context where
 * @param key the key
 * @param level number of data primes in use
 * @param limb which prime
 * @param digits addresses of the digits modulo it, in [0, 2q)
 * @param outs where the two sums go; canonical
 */
export function sumDigits(
  context: Context,
  key: SwitchKey,
  level: number,
  limb: number,
  digits: readonly number[],
  outs: readonly [number, number],
): void {
  const { machine, list } = context;
  const keyLimb = limb < level ? limb : key.level + limb - level;
  const words = digits.flatMap((digit, g) => [digit, key.at(keyLimb, g, 0), key.at(keyLimb, g, 1)]);
  machine.arena.words.set(words, list / 4);
  const { address } = context.prime(level, limb);
  machine.wasm.accumulate(outs[0], outs[1], list, digits.length, machine.n, address, 1);
}

/**
 * Switches one polynomial: sums modulo data and special primes, in scratch.
 *
 * @param context where
 * @param source address of the polynomial's residues of a limb, canonical, in NTT form
 * @param level number of data primes in use
 * @param key the key
 * @param lift how coefficients become integers
 * @throws KernelUseError when the key lacks digits
 */
export function switchKey(
  context: Context,
  source: (limb: number) => number,
  level: number,
  key: SwitchKey,
  lift: Lift,
): void {
  checkKey(key, level);
  const groups = context.groups(level);
  toCoefficients(context, groups, source);
  for (let limb = 0; limb < level + context.specials; limb++) {
    const index = context.index(level, limb);
    let row = 0;
    const digits = groups.map((group, g) => {
      const first = row;
      row += group.indices.length;
      if (group.indices.includes(index)) return source(index);
      const out = context.digit(g);
      digitModulo(context, group, first, g, index, lift, out);
      return out;
    });
    sumDigits(context, key, level, limb, digits, [context.sum(0, limb), context.sum(1, limb)]);
  }
}

/** Addresses of a polynomial's residues, limb by limb. */
export type Rows = (limb: number) => number;

/**
 * Divides a polynomial modulo data and special primes by the special ones, and adds to it.
 *
 * @param context where
 * @param level number of data primes
 * @param from the polynomial
 * @param to where the result goes
 * @param addend what is added, if anything
 */
export function modDown(context: Context, level: number, from: Rows, to: Rows, addend?: Rows): void {
  const { special } = context;
  const dropped = special.indices.map((_, k) => from(level + k));
  const kept = Array.from({ length: level }, (_, limb) => ({
    index: limb,
    from: from(limb),
    to: to(limb),
    addend: addend?.(limb) ?? 0,
  }));
  divideBy(context, special, dropped, kept);
}

/** @throws KernelUseError when the key cannot be used at a level */
export function checkKey(key: SwitchKey, level: number): void {
  if (key.level < level) {
    throw new KernelUseError(`a key for ${key.level} primes was used at level ${level}`);
  }
}
