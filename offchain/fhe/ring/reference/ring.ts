/**
 * The reference for everything that rounds or decomposes: plain functions on residue polynomials that state what the engines
 * compute, to the bit (docs/spec/seal-4.1.md, docs/spec/hoisted-1.md). Slow, and meant to be read.
 */
import { createNtt, type Ntt } from "../ntt.ts";

/** Residues of a polynomial, one array a prime, in NTT form unless said otherwise. */
export type Residues = readonly Uint32Array[];

/** The primes of a parameter set and their transforms. */
export interface ReferenceRing {
  readonly n: number;
  /** Data primes first, special primes last. */
  readonly primes: readonly number[];
  /** Number of data primes. */
  readonly dataCount: number;
  /** Digits of a key switch: indices of data primes. */
  readonly groups: readonly (readonly number[])[];
  readonly ntts: readonly Ntt[];
}

/** A key that switches to s: a pair of polynomials a digit, residues modulo data primes 0 … level−1 and the special primes. */
export interface ReferenceKey {
  readonly level: number;
  readonly digits: readonly { readonly b: Residues; readonly a: Residues }[];
}

/**
 * Builds the tables of a parameter set.
 *
 * @param params ring degree, data primes, special primes, and groups of indices of data primes
 */
export function createReferenceRing(params: {
  readonly n: number;
  readonly data: readonly number[];
  readonly special: readonly number[];
  readonly groups: readonly (readonly number[])[];
}): ReferenceRing {
  const { n, data, special, groups } = params;
  const primes = [...data, ...special];
  return { n, primes, dataCount: data.length, groups, ntts: primes.map((q) => createNtt(n, q)) };
}

/** Indices of the primes in use at a level: data primes 0 … level−1, then the special ones. */
export function extendedIndices(ring: ReferenceRing, level: number): number[] {
  return ring.primes.map((_, index) => index).filter((index) => index < level || index >= ring.dataCount);
}

/** Indices of the special primes. */
export function specialIndices(ring: ReferenceRing): number[] {
  return ring.primes.map((_, index) => index).filter((index) => index >= ring.dataCount);
}

/** The digits left at a level: groups without the primes that are gone, and without empty ones. */
export function groupsAt(ring: ReferenceRing, level: number): number[][] {
  return ring.groups.map((group) => group.filter((index) => index < level)).filter((group) => group.length > 0);
}

/** Coefficients of residues in NTT form. */
export function toCoefficients(ring: ReferenceRing, index: number, values: Uint32Array): Uint32Array {
  const coefficients = values.slice();
  ring.ntts[index].inverse(coefficients);
  return coefficients;
}

/** Residues in NTT form of coefficients. */
export function toValues(ring: ReferenceRing, index: number, coefficients: Uint32Array): Uint32Array {
  const values = coefficients.slice();
  ring.ntts[index].forward(values);
  return values;
}
