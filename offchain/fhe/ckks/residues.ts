/**
 * Residue polynomials: one `Uint32Array` a polynomial, limb by limb in the order of the parameter set, N residues a limb.
 */
import { createNtt, type Ntt } from "../ring/ntt.ts";
import type { ParameterSet } from "./parameters.ts";

/** `Q`: data primes 0 … level−1. `QP`: those, then all special primes. */
export type Basis = "Q" | "QP";

/**
 * The primes of a polynomial, in the order of its limbs.
 *
 * @param level number of data primes, 1 … L
 * @throws RangeError when the set has no such level
 */
export function primesOf(set: ParameterSet, level: number, basis: Basis = "Q"): readonly number[] {
  return select(set, set.data, set.special, level, basis);
}

/**
 * Limb i of a polynomial, a view.
 *
 * @param residues limbs one after the other
 * @param n ring degree
 */
export function limb<B extends ArrayBufferLike>(residues: Uint32Array<B>, index: number, n: number): Uint32Array<B> {
  return residues.subarray(index * n, (index + 1) * n);
}

type Groups = readonly (readonly number[])[];

/** Digits by level, once made: the compiler asks for them hundreds of thousands of times. */
const digits = new WeakMap<Groups, Groups[]>();

/**
 * The digits of a key switch at a level: groups of data primes, without the primes that are gone and without empty groups.
 *
 * @param level number of data primes
 * @returns indices of data primes, in order
 */
export function digitGroups({ groups }: Pick<ParameterSet, "groups">, level: number): Groups {
  let byLevel = digits.get(groups);
  if (byLevel === undefined) digits.set(groups, (byLevel = []));
  return (byLevel[level] ??= groups
    .map((group) => group.filter((index) => index < level))
    .filter((group) => group.length > 0));
}

const transforms = new WeakMap<ParameterSet, Ntt[]>();

/**
 * The number-theoretic transforms of a set's primes, in the order of a polynomial's limbs. Their tables are made once a set.
 *
 * @param level number of data primes, 1 … L
 */
export function transformsOf(set: ParameterSet, level: number, basis: Basis = "Q"): readonly Ntt[] {
  let all = transforms.get(set);
  if (all === undefined) {
    all = [...set.data, ...set.special].map((prime) => createNtt(set.n, prime));
    transforms.set(set, all);
  }
  const special = set.data.length;
  return select(set, all.slice(0, special), all.slice(special), level, basis);
}

function select<T>(
  set: ParameterSet,
  data: readonly T[],
  special: readonly T[],
  level: number,
  basis: Basis,
): readonly T[] {
  if (!Number.isInteger(level) || level < 1 || level > set.data.length) {
    throw new RangeError(`levels of ${set.id} are 1 to ${set.data.length}, not ${level}`);
  }
  const limbs = data.slice(0, level);
  return basis === "Q" ? limbs : [...limbs, ...special];
}

/**
 * Residues of small signed integers, without a branch on them: secrets and errors pass through here.
 *
 * @param values integers, |value| < q
 * @param q modulus
 * @param out where the result goes
 */
export function signedResidues(
  values: Int8Array | Int32Array,
  q: number,
  out: Uint32Array = new Uint32Array(values.length),
): Uint32Array {
  for (let i = 0; i < values.length; i++) out[i] = values[i] + ((values[i] >> 31) & q);
  return out;
}
