/** Rotations, relinearisation and rescaling: what switches keys or divides. */
import { eachLimb, like } from "./arithmetic.ts";
import type { Basis } from "./basis.ts";
import { checkForm, checkHoisting, checkHome } from "./check.ts";
import type { Context } from "./context.ts";
import { divideBy } from "./divide.ts";
import { KernelUseError } from "./errors.ts";
import { Ciphertext, Digits, type SwitchKey } from "./handles.ts";
import { checkKey, modDown, type Rows, sumDigits, switchKey, toDigits } from "./switch-key.ts";

/** X → X^element, back under the same secret. */
export function applyGalois(context: Context, a: Ciphertext, key: SwitchKey): Ciphertext {
  checkHome(context, a, key);
  checkForm(a, 2, false);
  checkRotationKey(key);
  const { element } = key;
  const lift = context.semantics === "seal-4.1" ? { kind: "turned" as const, element } : { kind: "centred" as const };
  switchKey(context, (limb) => a.at(1, limb), a.level, key, lift);
  return finishRotation(context, a, key, (limb) => a.at(0, limb));
}

/** Back from three components to two. */
export function relinearise(context: Context, a: Ciphertext, key: SwitchKey): Ciphertext {
  checkHome(context, a, key);
  checkForm(a, 3, false);
  checkRelinearisationKey(key);
  const kind = context.semantics === "seal-4.1" ? "plain" : "centred";
  switchKey(context, (limb) => a.at(2, limb), a.level, key, { kind });
  const result = like(context, a, 2);
  const components = [0, 1].map((c) => ({
    from: (limb: number) => context.sum(c, limb),
    to: (limb: number) => result.at(c, limb),
    addend: (limb: number) => a.at(c, limb),
  }));
  modDown(context, a.level, components);
  return result;
}

/** Back from three components to two, left modulo data and special primes and times their product P. */
export function relineariseExtended(context: Context, a: Ciphertext, key: SwitchKey): Ciphertext {
  checkHome(context, a, key);
  checkHoisting(context);
  checkForm(a, 3, false);
  checkRelinearisationKey(key);
  switchKey(context, (limb) => a.at(2, limb), a.level, key, { kind: "centred" });
  const { machine } = context;
  const { n } = machine;
  const result = new Ciphertext(machine, a.owner, 2, a.level, context.specials);
  eachLimb(context, result, (limb, { address }, { wasm }) => {
    for (const c of [0, 1]) {
      const [out, sum] = [result.at(c, limb), context.sum(c, limb)];
      if (limb >= a.level) {
        wasm.copy(out, sum, n);
      } else {
        const { product } = context.special.target(limb);
        wasm.scaleAdd(out, a.at(c, limb), product.w, product.shoup, sum, n, address);
      }
    }
  });
  return result;
}

/** The digits of a ciphertext modulo all primes, for any number of rotations. */
export function decompose(context: Context, a: Ciphertext): Digits {
  checkHome(context, a);
  checkHoisting(context);
  checkForm(a, 2, a.extended);
  if (!a.extended) return digitsOf(context, a, (limb) => a.at(1, limb));
  using second = new Ciphertext(context.machine, a.owner, 1, a.level, 0);
  modDown(context, a.level, [{ from: (limb) => a.at(1, limb), to: (limb) => second.at(0, limb) }]);
  return digitsOf(context, a, (limb) => second.at(0, limb));
}

/** @param second address of the residues to decompose, canonical, in NTT form */
function digitsOf(context: Context, a: Ciphertext, second: Rows): Digits {
  const { machine, specials } = context;
  const digits = context.groups(a.level).length;
  const result = new Digits(machine, a.owner, a, { digits, specials });
  toDigits(context, a.level, second, (limb, g) => result.at(limb, g));
  machine.team.share(a.limbs, (limb, { wasm }) => {
    wasm.copy(result.first(limb), a.at(0, limb), machine.n);
  });
  return result;
}

/** A rotation of what was decomposed. */
export function rotateDigits(context: Context, digits: Digits, key: SwitchKey): Ciphertext {
  checkPlain(digits);
  checkRotation(context, digits, key);
  // Halves: the limbs may be odd in number.
  context.machine.team.share(2 * digits.limbs, (part, hand) => {
    const limb = part >> 1;
    sumDigits(context, key, digits.level, limb, rowsOf(digits, limb), hand, part % 2 === 0 ? 0 : 1);
  });
  const shape = { owner: digits.owner, level: digits.level };
  return finishRotation(context, shape, key, (limb) => digits.first(limb));
}

/** A rotation of what was decomposed, left modulo data and special primes and times their product P. */
export function rotateDigitsExtended(context: Context, digits: Digits, key: SwitchKey): Ciphertext {
  checkRotation(context, digits, key);
  const { machine } = context;
  const { n } = machine;
  const { level, limbs } = digits;
  const result = new Ciphertext(machine, digits.owner, 2, level, context.specials);
  machine.team.share(limbs, (limb, hand) => {
    const { wasm } = hand;
    sumDigits(context, key, level, limb, rowsOf(digits, limb), hand);
    const sum = context.sum(0, limb);
    const { address } = context.prime(level, limb);
    if (digits.extended) {
      wasm.add(sum, sum, digits.first(limb), n, address);
    } else if (limb < level) {
      const { product } = context.special.target(limb);
      wasm.scaleAdd(sum, digits.first(limb), product.w, product.shoup, sum, n, address);
    }
    for (const component of [0, 1]) {
      wasm.permute(result.at(component, limb), context.sum(component, limb), key.table, n);
    }
  });
  return result;
}

/** A rotation of an extended ciphertext, left extended. */
export function rotateExtended(context: Context, a: Ciphertext, key: SwitchKey): Ciphertext {
  checkForm(a, 2, true);
  using digits = decompose(context, a);
  return rotateDigitsExtended(context, digits, key);
}

/** What was decomposed, not rotated, modulo data and special primes and times their product P. */
export function extend(context: Context, digits: Digits): Ciphertext {
  checkHome(context, digits);
  checkPlain(digits);
  const { machine } = context;
  const { n } = machine;
  const { level } = digits;
  const result = new Ciphertext(machine, digits.owner, 2, level, context.specials);
  const groups = context.groups(level);
  machine.team.share(digits.limbs, (limb, { wasm }) => {
    if (limb >= level) {
      for (const component of [0, 1]) wasm.clear(result.at(component, limb), n);
      return;
    }
    const { product } = context.special.target(limb);
    const { address } = context.prime(level, limb);
    const own = groups.findIndex((group) => group.indices.includes(limb));
    wasm.scale(result.at(0, limb), digits.first(limb), product.w, product.shoup, n, address);
    wasm.scale(result.at(1, limb), digits.at(limb, own), product.w, product.shoup, n, address);
  });
  return result;
}

/** Division by the special primes and the last `times` data primes at once, rounded. */
export function reduceExtended(context: Context, a: Ciphertext, times: number): Ciphertext {
  checkHome(context, a);
  checkForm(a, 2, true);
  if (times !== 0) checkDrop(a, times);
  const level = a.level - times;
  const limbs = Array.from({ length: times + context.specials }, (_, k) => level + k);
  const basis = context.basis(limbs.map((limb) => context.index(a.level, limb)));
  return divided(context, a, { level, basis, dropped: limbs });
}

/** Division by the last `times` primes, rounded: one after another as SEAL does, or in hoisted-1 all at once. */
export function rescale(context: Context, a: Ciphertext, times: number): Ciphertext {
  checkHome(context, a);
  checkForm(a, a.components, false);
  checkDrop(a, times);
  if (context.semantics === "hoisted-1" || times === 1) return divideByLast(context, a, times);
  const once = divideByLast(context, a, 1);
  try {
    return rescale(context, once, times - 1);
  } finally {
    once.dispose();
  }
}

/** The same polynomials without the residues of the last `times` primes. */
export function modSwitch(context: Context, a: Ciphertext, times: number): Ciphertext {
  checkHome(context, a);
  checkForm(a, a.components, false);
  checkDrop(a, times);
  const { machine } = context;
  const result = new Ciphertext(machine, a.owner, a.components, a.level - times, 0);
  eachLimb(context, result, (limb, _, { wasm }) => {
    for (let c = 0; c < a.components; c++) wasm.copy(result.at(c, limb), a.at(c, limb), machine.n);
  });
  return result;
}

function divideByLast(context: Context, a: Ciphertext, times: number): Ciphertext {
  const level = a.level - times;
  const basis = context.basis(Array.from({ length: times }, (_, k) => level + k));
  return divided(context, a, { level, basis, dropped: basis.indices });
}

interface Division {
  /** Data primes that are left. */
  readonly level: number;
  /** What is divided by. */
  readonly basis: Basis;
  /** Its limbs. */
  readonly dropped: readonly number[];
}

function divided(context: Context, a: Ciphertext, { level, basis, dropped }: Division): Ciphertext {
  const result = new Ciphertext(context.machine, a.owner, a.components, level, 0);
  const dividends = Array.from({ length: a.components }, (_, c) => ({
    dropped: dropped.map((limb) => a.at(c, limb)),
    kept: Array.from({ length: level }, (_, limb) => ({
      index: limb,
      from: a.at(c, limb),
      to: result.at(c, limb),
      addend: 0,
    })),
  }));
  divideBy(context, basis, dividends);
  return result;
}

/** Addresses of the digits modulo one prime. */
function rowsOf(digits: Digits, limb: number): number[] {
  return Array.from({ length: digits.digits }, (_, g) => digits.at(limb, g));
}

/** Divides the sums in scratch, adds the first component, and permutes into a new ciphertext. */
function finishRotation(
  context: Context,
  shape: { readonly owner: Ciphertext["owner"]; readonly level: number },
  key: SwitchKey,
  first: Rows,
): Ciphertext {
  const { machine } = context;
  const { level } = shape;
  const result = new Ciphertext(machine, shape.owner, 2, level, 0);
  const components = [0, 1].map((c) => {
    const sum: Rows = (limb) => context.sum(c, limb);
    const moved = { to: (limb: number) => result.at(c, limb), table: key.table };
    return { from: sum, to: sum, addend: c === 0 ? first : undefined, moved };
  });
  modDown(context, level, components);
  return result;
}

function checkRotation(context: Context, digits: Digits, key: SwitchKey): void {
  checkHome(context, digits, key);
  checkHoisting(context);
  checkRotationKey(key);
  checkKey(key, digits.level);
}

/** @throws KernelUseError when the digits are of an extended ciphertext */
function checkPlain(digits: Digits): void {
  if (digits.extended) throw new KernelUseError("digits of an extended ciphertext rotate to an extended one only");
}

function checkRelinearisationKey(key: SwitchKey): void {
  if (key.element !== 0) throw new KernelUseError("a Galois key was given for a relinearisation");
}

function checkRotationKey(key: SwitchKey): void {
  if (key.element === 0) throw new KernelUseError("a relinearisation key was given for a rotation");
}

function checkDrop(a: Ciphertext, times: number): void {
  if (!Number.isInteger(times) || times < 1 || times >= a.level) {
    throw new KernelUseError(`${times} primes cannot be dropped from level ${a.level}`);
  }
}
