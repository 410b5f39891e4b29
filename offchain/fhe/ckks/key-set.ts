/** The identity of a key set and the seeds that follow from it (docs/formats.md, section 5): nobody can choose `a`. */
import { concatBytes } from "../../digest/bytes.ts";
import { fromHex, toHex, type Bytes32, type Hex } from "../../digest/hex.ts";
import { sha256 } from "../../digest/sha256.ts";
import { expandUniform } from "../ring/expand.ts";
import { paramsDigest, type ParameterSet } from "./parameters.ts";
import { limb, primesOf, type Basis } from "./residues.ts";

const utf8 = new TextEncoder();
const KEY_SET_DOMAIN = utf8.encode("cloakwork/keyset/1");
const KEY_A_DOMAIN = utf8.encode("cloakwork/key/a/1");
const INPUT_A_DOMAIN = utf8.encode("cloakwork/input/a/1");

/** Kinds of keys, as numbered in packs. */
export const KEY_KINDS = { galois: 1, relin: 2, switch: 3, compactPublic: 4, batchPublic: 5 } as const;

/** Number of a kind of key. */
export type KeyKind = (typeof KEY_KINDS)[keyof typeof KEY_KINDS];

/**
 * keySetId = SHA-256(`"cloakwork/keyset/1"` ‖ owner ‖ salt ‖ paramsDigest); KeyRegistry computes the same.
 *
 * @param owner account address, 20 bytes, lower case
 * @param salt 32 bytes, fresh for every secret key
 */
export function keySetId(owner: Hex, salt: Bytes32, params: ParameterSet): Bytes32 {
  return toHex(
    sha256(concatBytes(KEY_SET_DOMAIN, fromHex(owner, 20), fromHex(salt, 32), fromHex(paramsDigest(params)))),
  );
}

/**
 * The seed of the `a` polynomials of one key: SHA-256(`"cloakwork/key/a/1"` ‖ keySetId ‖ kind ‖ element, big-endian).
 *
 * @param element Galois element, ring degree of a small key, or 0
 */
export function keySeed(keySet: Bytes32, kind: KeyKind, element: number): Uint8Array {
  return sha256(concatBytes(KEY_A_DOMAIN, keyContext(keySet, kind, element)));
}

/** keySetId ‖ kind ‖ element, big-endian: 37 bytes that name one key. */
export function keyContext(keySet: Bytes32, kind: KeyKind, element: number): Uint8Array {
  const name = new Uint8Array(5);
  name[0] = kind;
  new DataView(name.buffer).setUint32(1, element, false);
  return concatBytes(fromHex(keySet, 32), name);
}

/**
 * The seed of c1 of a fresh ciphertext: SHA-256(`"cloakwork/input/a/1"` ‖ keySetId ‖ nonce).
 *
 * @param nonce 32 bytes, never used twice
 */
export function inputSeed(keySet: Bytes32, nonce: Uint8Array): Uint8Array {
  return sha256(concatBytes(INPUT_A_DOMAIN, fromHex(keySet, 32), nonce));
}

/** `expandPolynomial`, or a faster implementation of it. */
export type ExpandPolynomial = typeof expandPolynomial;

/**
 * A uniform polynomial over several primes, in NTT form: `expand(seed, label, p, N)` limb by limb.
 *
 * @param label `"c1"` for a ciphertext, `"digit/" + j` for digit j of a key
 */
export function expandPolynomial(
  seed: Uint8Array,
  label: string,
  params: ParameterSet,
  level: number,
  basis: Basis,
): Uint32Array<ArrayBuffer> {
  const primes = primesOf(params, level, basis);
  const residues = new Uint32Array(primes.length * params.n);
  primes.forEach((prime, i) => {
    limb(residues, i, params.n).set(expandUniform(seed, label, prime, params.n));
  });
  return residues;
}
