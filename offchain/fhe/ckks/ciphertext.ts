/** Ciphertexts: what they are in memory, and the root a request is bound to. Their bytes are in `ciphertext-format.ts`. */
import { wordBytes } from "../../digest/bytes.ts";
import type { Bytes32 } from "../../digest/hex.ts";
import { MerkleHasher } from "../../digest/merkle.ts";
import { addPolynomials, mulAddPolynomials, mulPolynomials, subPolynomials } from "../ring/pointwise.ts";
import { writeCiphertext } from "./ciphertext-format.ts";
import { decode, encode } from "./encoder.ts";
import { expandPolynomial, inputSeed, type ExpandPolynomial } from "./key-set.ts";
import { equalParams, type ParameterSet } from "./parameters.ts";
import { Raw } from "./raw.ts";
import { limb, primesOf, signedResidues, transformsOf } from "./residues.ts";
import { platformRandom, sampleError, type RandomSource } from "./sampling.ts";
import { secretResidues, type SecretKey } from "./secret.ts";

/** A validated ciphertext of two polynomials; c0 + c1·s is the plaintext plus an error. */
export interface Ciphertext {
  readonly params: ParameterSet;
  readonly keySetId: Bytes32;
  /** Data primes it lives under, 1 … L. */
  readonly level: number;
  /** Factor between slot values and plaintext. An integer in an input; derived from the plan in a result. */
  readonly scale: number;
  /** NTT form, limb by limb, level × N. */
  readonly c0: Uint32Array;
  /** NTT form, limb by limb, level × N. */
  readonly c1: Uint32Array;
}

/** Level and scale of an input, as a plan declares them. */
export interface InputEncoding {
  readonly level: number;
  /** An exact integer. */
  readonly scale: number;
}

/**
 * Encrypts slot values under the secret key, with `c1` expanded from a seed bound to the key set and a fresh nonce:
 * c0 = m − c1·s + e.
 *
 * @param keySet the key set the secret belongs to
 * @param values N/2 slot values, as the plan's input layout places them
 * @param random source of nonce and error; the platform's generator unless a test says otherwise
 * @returns the bytes of docs/formats.md, section 6, with one component
 * @throws EncodingError when a value is not finite or too large
 */
export function encryptInput(
  secret: SecretKey,
  keySet: Bytes32,
  values: Float64Array,
  encoding: InputEncoding,
  random: RandomSource = platformRandom,
): Uint8Array<ArrayBuffer> {
  return encryptExpanded(secret, keySet, values, encoding, { random }).bytes;
}

/** A fresh ciphertext as it is sent, and expanded, for its root. */
export interface FreshCiphertext extends Pick<Ciphertext, "c0" | "c1"> {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * As `encryptInput`, with what a reader of the bytes would expand them to.
 *
 * @param options `expand`: another implementation of `expandPolynomial`, with the same result
 */
export function encryptExpanded(
  secret: SecretKey,
  keySet: Bytes32,
  values: Float64Array,
  { level, scale }: InputEncoding,
  options: { readonly random?: RandomSource; readonly expand?: ExpandPolynomial } = {},
): FreshCiphertext {
  const { random = platformRandom, expand = expandPolynomial } = options;
  const { params } = secret;
  const nonce = new Uint8Array(32);
  random(nonce);
  const c0 = encode(params, values, { level, scale });
  const c1 = expand(inputSeed(keySet, nonce), "c1", params, level, "Q");
  const error = sampleError(params.n, random);
  const s = secretResidues(secret);
  const scratch = new Uint32Array(params.n);
  transformsOf(params, level).forEach((ntt, i) => {
    const message = limb(c0, i, params.n);
    ntt.forward(signedResidues(error, ntt.q, scratch));
    addPolynomials(message, scratch, ntt.q, message);
    mulPolynomials(limb(c1, i, params.n), limb(s, i, params.n), ntt.q, scratch);
    subPolynomials(message, scratch, ntt.q, message);
  });
  error.fill(0);
  scratch.fill(0);
  return { bytes: writeCiphertext({ params, keySetId: keySet, level, scale, c0, c1 }, { nonce }), c0, c1 };
}

/**
 * Decrypts to slot values.
 *
 * @param ciphertext under the same secret; the result of the wrong secret is noise, which nothing here can tell
 * @returns N/2 slot values, real parts, not to leave the client
 * @throws RangeError when the ciphertext is of another parameter set than the secret
 */
export function decrypt(secret: SecretKey, ciphertext: Ciphertext): Raw {
  const { params, level, scale, c0, c1 } = ciphertext;
  if (!equalParams(params, secret.params)) {
    throw new RangeError(`a ciphertext of ${params.id} cannot be decrypted by a key of ${secret.params.id}`);
  }
  const s = secretResidues(secret);
  const message = c0.slice();
  primesOf(params, level).forEach((prime, i) => {
    mulAddPolynomials(limb(message, i, params.n), limb(c1, i, params.n), limb(s, i, params.n), prime);
  });
  const slots = decode(params, message, { level, scale });
  message.fill(0);
  return new Raw(slots);
}

/** Root of kind 2 over c0 then c1, limb by limb (docs/formats.md, section 6): what a request names. */
export function inputRoot({ c0, c1 }: Pick<Ciphertext, "c0" | "c1">): Bytes32 {
  return new MerkleHasher("residues").update(wordBytes(c0)).update(wordBytes(c1)).root();
}
