/** Key switching: digits of a polynomial, times a key, summed modulo every prime. */
import type { Basis } from "./basis.ts";
import type { Context } from "./context.ts";
import { centredModulo, type Coefficients, divideBy, findQuotients } from "./divide.ts";
import { KernelUseError } from "./errors.ts";
import type { SwitchKey } from "./handles.ts";
import type { Hand } from "./threads/hand.ts";

/**
 * How residues modulo one prime become integers: `plain` as they are, in [0, q) (SEAL's relinearisation); `turned` as SEAL
 * sees them after an automorphism; `centred` nearest to zero, which an automorphism does not change.
 */
export type Lift =
  | { readonly kind: "plain" }
  | { readonly kind: "turned"; readonly element: number }
  | { readonly kind: "centred" };

/** Addresses of a polynomial's residues, limb by limb. */
export type Rows = (limb: number) => number;

/**
 * Takes a polynomial to coefficient form, in scratch, digit by digit.
 *
 * @param context where
 * @param groups the digits' primes
 * @param source address of the residues of a limb
 * @returns what stands where
 */
export function toCoefficients(context: Context, groups: readonly Basis[], source: Rows): Coefficients[] {
  const { machine } = context;
  const rows = groups.flatMap((group) => group.indices.map((index, j) => ({ index, scale: group.scales[j] })));
  machine.team.share(rows.length, (row, hand) => {
    const { index, scale } = rows[row];
    machine.inverse(context.coefficients(row), source(index), machine.primes[index], scale, hand);
  });
  let row = 0;
  const digits = groups.map((basis, g) => {
    const first = context.coefficients(row);
    row += basis.indices.length;
    return { basis, first, quotients: context.quotients(g) };
  });
  const shared = digits.filter(({ basis }) => basis.indices.length > 1);
  machine.team.share(shared.length, (part, hand) => {
    const { basis, first, quotients } = shared[part];
    findQuotients(context, basis, first, quotients, hand);
  });
  return digits;
}

/**
 * One digit modulo one prime outside its group, in NTT form and [0, 2q).
 *
 * @param context where
 * @param digit its coefficients
 * @param index the prime
 * @param lift how coefficients become integers
 * @param out where the residues go
 * @param hand who does it
 */
function digitModulo(context: Context, digit: Coefficients, index: number, lift: Lift, out: number, hand: Hand): void {
  if (lift.kind === "centred") {
    centredModulo(context, digit, index, out, hand);
    return;
  }
  const { n, primes } = context.machine;
  const { wasm } = hand;
  const { address } = primes[index];
  const { complement, wide } = digit.basis.target(index);
  if (lift.kind === "plain") wasm.forward(out, digit.first, Number(wide), n, address, 0);
  else wasm.forwardTurned(out, digit.first, lift.element, complement, Number(wide), n, address);
}

/** What of a polynomial's residues a hand works on: all, or one half. */
export type Half = "all" | 0 | 1;

/**
 * Sums digits times key modulo one prime.
 *
 * @param context where
 * @param key the key
 * @param level number of data primes in use
 * @param limb which prime
 * @param digits addresses of the digits modulo it, in [0, 2q)
 * @param hand who does it
 * @param half which of the residues; the sums stand in scratch, canonical
 */
export function sumDigits(
  context: Context,
  key: SwitchKey,
  level: number,
  limb: number,
  digits: readonly number[],
  hand: Hand,
  half: Half = "all",
): void {
  const { machine } = context;
  const n = half === "all" ? machine.n : machine.n / 2;
  const offset = half === 1 ? 4 * n : 0;
  const keyLimb = limb < level ? limb : key.level + limb - level;
  const words = digits.flatMap((digit, g) => [
    digit + offset,
    key.at(keyLimb, g, 0) + offset,
    key.at(keyLimb, g, 1) + offset,
  ]);
  const { address } = context.prime(level, limb);
  const [out0, out1] = [context.sum(0, limb) + offset, context.sum(1, limb) + offset];
  hand.wasm.accumulate(out0, out1, machine.list(hand, words), digits.length, n, address, 1);
}

/**
 * Takes every digit modulo every prime: those of its own group are there already.
 *
 * @param context where
 * @param level number of data primes
 * @param source address of the polynomial's residues of a limb, canonical, in NTT form
 * @param out where a digit goes modulo the prime of a limb
 */
export function toDigits(
  context: Context,
  level: number,
  source: Rows,
  out: (limb: number, digit: number) => number,
): void {
  const { machine, specials } = context;
  const { n, team } = machine;
  const digits = toCoefficients(context, context.groups(level), source);
  const limbs = Array.from({ length: level + specials }, (_, limb) => limb);
  const places = limbs.flatMap((limb) =>
    digits.map((digit, g) => ({ limb, digit, g, index: context.index(level, limb) })),
  );
  const lifted = places.filter(({ digit, index }) => !digit.basis.indices.includes(index));
  team.share(lifted.length, (part, hand) => {
    const { limb, digit, g, index } = lifted[part];
    centredModulo(context, digit, index, out(limb, g), hand);
  });
  const copied = places.filter(({ digit, index }) => digit.basis.indices.includes(index));
  team.share(copied.length, (part, { wasm }) => {
    const { limb, g } = copied[part];
    wasm.copy(out(limb, g), source(limb), n);
  });
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
export function switchKey(context: Context, source: Rows, level: number, key: SwitchKey, lift: Lift): void {
  checkKey(key, level);
  const digits = toCoefficients(context, context.groups(level), source);
  context.machine.team.share(level + context.specials, (limb, hand) => {
    const index = context.index(level, limb);
    const rows = digits.map((digit, g) => {
      if (digit.basis.indices.includes(index)) return source(index);
      const out = context.digit(g, hand);
      digitModulo(context, digit, index, lift, out, hand);
      return out;
    });
    sumDigits(context, key, level, limb, rows, hand);
  });
}

/** A polynomial modulo data and special primes. */
export interface Extended {
  readonly from: Rows;
  /** Where its quotient goes. */
  readonly to: Rows;
  /** What is added to the quotient, if anything. */
  readonly addend?: Rows | undefined;
  /** Where the quotient goes in the end, by which table of an automorphism, if it is moved. */
  readonly moved?: { readonly to: Rows; readonly table: number };
}

/**
 * Divides polynomials modulo data and special primes by the special ones.
 *
 * @param context where
 * @param level number of data primes
 * @param polynomials at most three
 */
export function modDown(context: Context, level: number, polynomials: readonly Extended[]): void {
  const { special } = context;
  const dividends = polynomials.map(({ from, to, addend, moved }) => ({
    dropped: special.indices.map((_, k) => from(level + k)),
    kept: Array.from({ length: level }, (_, limb) => ({
      index: limb,
      from: from(limb),
      to: to(limb),
      addend: addend?.(limb) ?? 0,
      ...(moved && { moved: { to: moved.to(limb), table: moved.table } }),
    })),
  }));
  divideBy(context, special, dividends);
}

/** @throws KernelUseError when the key cannot be used at a level */
export function checkKey(key: SwitchKey, level: number): void {
  if (key.level < level) {
    throw new KernelUseError(`a key for ${key.level} primes was used at level ${level}`);
  }
}
