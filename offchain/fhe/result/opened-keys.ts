/** The user's two keys for compact results, as a node reads them (docs/spec/compact-1.md, section 2). */
import type { Bytes32 } from "../../digest/hex.ts";
import { KEY_KINDS, keySeed } from "../ckks/key-set.ts";
import type { ParameterSet } from "../ckks/parameters.ts";
import { distrusted, type Untrusted } from "../ckks/untrusted.ts";
import { CompactKeyError } from "./errors.ts";
import { expandSmall } from "./expand-small.ts";
import { unpackBits } from "./pack-bits.ts";
import {
  DIGITS,
  PUBLIC_LABEL,
  SMALL_POLYNOMIAL_BYTES,
  switchKeyBytes,
  switchKeyLabel,
  switchKeyRows,
} from "./small-keys.ts";
import { SMALL_DEGREE, SMALL_MODULUS_BITS, transform, type Transformed } from "./small-ring.ts";

declare const parsed: unique symbol;

/** A sample (a, b) of the small ring, ready to multiply with. */
export interface SmallSample {
  readonly a: Transformed;
  readonly b: Transformed;
}

/** A validated small switch key. Made by `parseSwitchKey` alone; about 0.9 MB at N = 8,192. */
export interface SwitchKey {
  readonly [parsed]: "switch";
  readonly params: ParameterSet;
  readonly keySet: Bytes32;
  /** Digit j of row i at 7·i + j. */
  readonly samples: readonly SmallSample[];
}

/** A validated compact public key. Made by `parseCompactPublicKey` alone. */
export interface CompactPublicKey {
  readonly [parsed]: "compactPublic";
  readonly keySet: Bytes32;
  readonly sample: SmallSample;
}

/**
 * Reads the body of a pack entry of kind 3. Its `a` polynomials follow from the key set: an owner cannot choose them.
 *
 * @param body as it came; any 27 bits are a coefficient, so its length is all that can be wrong
 * @throws CompactKeyError when the length is not that of a key of this parameter set
 */
export function parseSwitchKey(params: ParameterSet, keySet: Bytes32, body: Untrusted<Uint8Array>): SwitchKey {
  const samples = [...switchKeySamples(params, keySet, body)].map(toSample);
  return { params, keySet, samples } as unknown as SwitchKey;
}

/**
 * Reads the body of a pack entry of kind 4. Its `a` follows from the key set.
 *
 * @param body as it came
 * @throws CompactKeyError when its length is not 3,456 bytes
 */
export function parseCompactPublicKey(keySet: Bytes32, body: Untrusted<Uint8Array>): CompactPublicKey {
  return { keySet, sample: toSample(publicKeySample(keySet, body)) } as unknown as CompactPublicKey;
}

/**
 * What the residue root of a pack covers of an entry of kind 3: row by row and digit by digit, b then a.
 *
 * @throws CompactKeyError as `parseSwitchKey`
 */
export function switchKeyResidues(params: ParameterSet, keySet: Bytes32, body: Untrusted<Uint8Array>): Uint32Array {
  const residues = new Uint32Array(switchKeyRows(params) * DIGITS * 2 * SMALL_DEGREE);
  let at = 0;
  for (const { a, b } of switchKeySamples(params, keySet, body)) {
    residues.set(b, at);
    residues.set(a, at + SMALL_DEGREE);
    at += 2 * SMALL_DEGREE;
  }
  return residues;
}

/**
 * What the residue root of a pack covers of an entry of kind 4: b, then a.
 *
 * @throws CompactKeyError as `parseCompactPublicKey`
 */
export function compactPublicKeyResidues(keySet: Bytes32, body: Untrusted<Uint8Array>): Uint32Array {
  const residues = new Uint32Array(2 * SMALL_DEGREE);
  const { a, b } = publicKeySample(keySet, body);
  residues.set(b);
  residues.set(a, SMALL_DEGREE);
  return residues;
}

interface Coefficients {
  readonly a: Uint32Array;
  readonly b: Uint32Array;
}

function* switchKeySamples(
  params: ParameterSet,
  keySet: Bytes32,
  untrusted: Untrusted<Uint8Array>,
): Generator<Coefficients> {
  const body = checkLength(untrusted, switchKeyBytes(params), "a small switch key");
  const seed = keySeed(keySet, KEY_KINDS.switch, SMALL_DEGREE);
  const rows = switchKeyRows(params);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let digit = 0; digit < DIGITS; digit++, at += SMALL_POLYNOMIAL_BYTES) {
      yield { a: expandSmall(seed, switchKeyLabel(row, digit)), b: unpackPolynomial(body, at) };
    }
  }
}

function publicKeySample(keySet: Bytes32, untrusted: Untrusted<Uint8Array>): Coefficients {
  const body = checkLength(untrusted, SMALL_POLYNOMIAL_BYTES, "a compact public key");
  return {
    a: expandSmall(keySeed(keySet, KEY_KINDS.compactPublic, SMALL_DEGREE), PUBLIC_LABEL),
    b: unpackPolynomial(body, 0),
  };
}

function checkLength(untrusted: Untrusted<Uint8Array>, length: number, what: string): Uint8Array {
  const body = distrusted(untrusted);
  if (body.length !== length) throw new CompactKeyError(`${what} has ${length} bytes, and this one has ${body.length}`);
  return body;
}

function unpackPolynomial(body: Uint8Array, at: number): Uint32Array {
  // Whole bytes of exactly this length: nothing about it can be malformed.
  return unpackBits(body.subarray(at, at + SMALL_POLYNOMIAL_BYTES), SMALL_DEGREE, SMALL_MODULUS_BITS)!;
}

function toSample({ a, b }: Coefficients): SmallSample {
  return { a: transform(a), b: transform(b) };
}
