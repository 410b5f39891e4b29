/** The user's two keys for compact results, as they are made (docs/spec/compact-1.md, section 2). */
import { concatBytes } from "../../digest/bytes.ts";
import type { Bytes32 } from "../../digest/hex.ts";
import { KEY_KINDS, keyContext, keySeed, type KeyKind } from "../ckks/key-set.ts";
import type { ParameterSet } from "../ckks/parameters.ts";
import { sampleError } from "../ckks/sampling.ts";
import { errorSource, secretCoefficients, type SecretKey } from "../ckks/secret.ts";
import { expandSmall } from "./expand-small.ts";
import { packBits, packedBytes } from "./pack-bits.ts";
import { deriveSmallSecret, smallSecretCoefficients } from "./small-secret.ts";
import {
  addProduct,
  reduceToSmall,
  SMALL_DEGREE,
  SMALL_MASK,
  SMALL_MODULUS_BITS,
  transform,
  zeroTransformed,
  type Transformed,
} from "./small-ring.ts";

/** Digits of the gadget. */
export const DIGITS = 7;

/** log2 of its base. */
export const DIGIT_BITS = 4;

/** Bytes of one polynomial of the small ring in a key. */
export const SMALL_POLYNOMIAL_BYTES = packedBytes(SMALL_DEGREE, SMALL_MODULUS_BITS);

/** Rows of the small switch key, N/N′. */
export function switchKeyRows(params: ParameterSet): number {
  return params.n / SMALL_DEGREE;
}

/** Bytes of the body of a small switch key: 193,536 at N = 8,192. */
export function switchKeyBytes(params: ParameterSet): number {
  return switchKeyRows(params) * DIGITS * SMALL_POLYNOMIAL_BYTES;
}

/** Label of the uniform polynomial of one row and digit. */
export function switchKeyLabel(row: number, digit: number): string {
  return `row/${row}/digit/${digit}`;
}

/** Label of the uniform polynomial of the compact public key. */
export const PUBLIC_LABEL = "public";

/**
 * Makes the small switch key, pack entry of kind 3.
 *
 * @param key the large secret
 * @param keySet its key set; the same key set gives the same bytes
 * @param onProgress called after each row with the number done and in all
 * @returns the body
 */
export function generateSwitchKey(
  key: SecretKey,
  keySet: Bytes32,
  onProgress?: (done: number, total: number) => void,
): Uint8Array<ArrayBuffer> {
  const rows = switchKeyRows(key.params);
  const body = new Uint8Array(switchKeyBytes(key.params));
  const secret = transformedSecret(key, keySet);
  const large = secretCoefficients(key);
  const seed = keySeed(keySet, KEY_KINDS.switch, SMALL_DEGREE);
  for (let row = 0, at = 0; row < rows; row++) {
    const target = switchTarget(large, row, rows);
    for (let digit = 0; digit < DIGITS; digit++, at += SMALL_POLYNOMIAL_BYTES) {
      const sample = encryptZero(
        key,
        keySet,
        KEY_KINDS.switch,
        row * DIGITS + digit,
        secret,
        expandSmall(seed, switchKeyLabel(row, digit)),
      );
      for (let i = 0; i < SMALL_DEGREE; i++) sample[i] = (sample[i] + (target[i] << (DIGIT_BITS * digit))) & SMALL_MASK;
      packBits(sample, SMALL_MODULUS_BITS, body.subarray(at));
    }
    target.fill(0);
    onProgress?.(row + 1, rows);
  }
  wipe(secret);
  large.fill(0);
  return body;
}

/**
 * Makes the compact public key, pack entry of kind 4.
 *
 * @param key the large secret
 * @param keySet its key set; the same key set gives the same bytes
 * @returns the body, 3,456 bytes
 */
export function generateCompactPublicKey(key: SecretKey, keySet: Bytes32): Uint8Array<ArrayBuffer> {
  const secret = transformedSecret(key, keySet);
  const seed = keySeed(keySet, KEY_KINDS.compactPublic, SMALL_DEGREE);
  const sample = encryptZero(key, keySet, KEY_KINDS.compactPublic, 0, secret, expandSmall(seed, PUBLIC_LABEL));
  wipe(secret);
  const body = new Uint8Array(SMALL_POLYNOMIAL_BYTES);
  packBits(sample, SMALL_MODULUS_BITS, body);
  return body;
}

/** S_row: the coefficients of X^row·s at multiples of g. */
function switchTarget(large: Int8Array, row: number, rows: number): Int8Array {
  const target = new Int8Array(SMALL_DEGREE);
  // X^row moves coefficient g·i − row to g·i; for i = 0 it comes around from the top, past X^N = −1.
  for (let i = 0; i < SMALL_DEGREE; i++) {
    const from = rows * i - row;
    target[i] = from < 0 ? -large[from + large.length] : large[from];
  }
  return target;
}

/** −(a·s′ + e), the errors following from the secret key and the index of the sample. */
function encryptZero(
  key: SecretKey,
  keySet: Bytes32,
  kind: KeyKind,
  index: number,
  secret: Transformed,
  a: Uint32Array,
): Uint32Array {
  const position = new Uint8Array(4);
  new DataView(position.buffer).setUint32(0, index, false);
  const source = errorSource(key, concatBytes(keyContext(keySet, kind, SMALL_DEGREE), position));
  const errors = sampleError(SMALL_DEGREE, source);
  const sum = zeroTransformed();
  addProduct(sum, transform(a), secret);
  const product = reduceToSmall(sum);
  for (let i = 0; i < SMALL_DEGREE; i++) product[i] = -(product[i] + errors[i]) & SMALL_MASK;
  errors.fill(0);
  return product;
}

/** The small secret, ready to multiply with; the caller wipes it. */
function transformedSecret(key: SecretKey, keySet: Bytes32): Transformed {
  const small = deriveSmallSecret(key, keySet);
  const secret = transform(smallSecretCoefficients(small));
  small[Symbol.dispose]();
  return secret;
}

function wipe(secret: Transformed): void {
  secret.first.fill(0);
  secret.second.fill(0);
}
