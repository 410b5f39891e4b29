/** The public key that batch results are masked under: six samples (a_j, b_j) modulo the first prime (docs/spec/batch-1.md, section 2). */
import { concatBytes } from "../../digest/bytes.ts";
import type { Bytes32 } from "../../digest/hex.ts";
import type { KeyBody } from "../ckks/key-body.ts";
import type { KeyEntry } from "../ckks/key-need.ts";
import { KeyPackError } from "../ckks/key-pack-error.ts";
import { expandPolynomial, KEY_KINDS, keyContext, keySeed, type ExpandPolynomial } from "../ckks/key-set.ts";
import type { ParameterSet } from "../ckks/parameters.ts";
import { signedResidues, transformsOf } from "../ckks/residues.ts";
import { sampleError } from "../ckks/sampling.ts";
import { errorSource, secretResidues, type SecretKey } from "../ckks/secret.ts";
import { distrusted, untrusted, type Untrusted } from "../ckks/untrusted.ts";
import { BATCH_BITS, BATCH_RANK, batchPublicBodyBytes, batchReason } from "../plan/batch-shape.ts";
import { pack30, packed30Bytes, unpack30 } from "../ring/pack30.ts";
import { mulAddPolynomials, negatePolynomial } from "../ring/pointwise.ts";
import { BatchResultError } from "./batch-error.ts";

declare const parsed: unique symbol;

/** N residues each modulo the first prime, NTT form. */
export interface BatchSample {
  readonly a: Uint32Array;
  readonly b: Uint32Array;
}

/** A validated batch public key. Made by `parseBatchPublicKey` alone. */
export interface BatchPublicKey {
  readonly [parsed]: "batchPublic";
  readonly params: ParameterSet;
  readonly keySet: Bytes32;
  readonly samples: readonly BatchSample[];
}

/** How key packs make, measure, check and read the batch public key, kind 5. */
export const batchKeyBody: KeyBody = {
  kinds: [KEY_KINDS.batchPublic],
  bytes(entry, params) {
    checkEntry(entry, params);
    return batchPublicBodyBytes(params);
  },
  make: (secret, keySet, _, expand) => generateBatchPublicKey(secret, keySet, expand),
  check(body, _, params) {
    for (let j = 0; j < BATCH_RANK; j++) unpackSample(body, j, params);
  },
  *residues(body, _, params, keySet, expand) {
    for (const { a, b } of parseBatchPublicKey(params, keySet, untrusted(body), expand).samples) {
      yield b;
      yield a;
    }
  },
};

/**
 * Makes the key.
 *
 * @param keySet the secret's key set; the same key set gives the same bytes
 * @param expand another implementation of `expandPolynomial`, with the same result
 * @returns the body of a pack entry of kind 5
 */
export function generateBatchPublicKey(
  secret: SecretKey,
  keySet: Bytes32,
  expand: ExpandPolynomial = expandPolynomial,
): Uint8Array<ArrayBuffer> {
  const { params } = secret;
  const { n } = params;
  const [ntt] = transformsOf(params, 1);
  const s = secretResidues(secret).subarray(0, n);
  const seed = keySeed(keySet, KEY_KINDS.batchPublic, n);
  const body = new Uint8Array(batchPublicBodyBytes(params));
  for (let j = 0; j < BATCH_RANK; j++) {
    const position = new Uint8Array(4);
    new DataView(position.buffer).setUint32(0, j, false);
    const source = errorSource(secret, concatBytes(keyContext(keySet, KEY_KINDS.batchPublic, n), position));
    const errors = sampleError(n, source);
    const sum = new Uint32Array(n);
    ntt.forward(signedResidues(errors, ntt.q, sum));
    mulAddPolynomials(sum, expand(seed, labelOf(j), params, 1, "Q"), s, ntt.q);
    body.set(pack30(negatePolynomial(sum, ntt.q), ntt.q), j * packed30Bytes(n));
    errors.fill(0);
  }
  return body;
}

/**
 * Reads the body of a pack entry of kind 5. Its `a` polynomials follow from the key set: an owner cannot choose them.
 *
 * @throws BatchResultError `BATCH_KEY` when the length is wrong
 * @throws ResidueFormatError when a residue is not below the prime
 */
export function parseBatchPublicKey(
  params: ParameterSet,
  keySet: Bytes32,
  body: Untrusted<Uint8Array>,
  expand: ExpandPolynomial = expandPolynomial,
): BatchPublicKey {
  const bytes = distrusted(body);
  const expected = batchPublicBodyBytes(params);
  if (bytes.length !== expected) {
    throw new BatchResultError(
      "BATCH_KEY",
      `A batch public key has ${expected} bytes, and this one has ${bytes.length}.`,
      "Upload the key pack of this key set again.",
    );
  }
  const seed = keySeed(keySet, KEY_KINDS.batchPublic, params.n);
  const samples = Array.from({ length: BATCH_RANK }, (_, j) => ({
    a: expand(seed, labelOf(j), params, 1, "Q"),
    b: unpackSample(bytes, j, params),
  }));
  return { params, keySet, samples } as unknown as BatchPublicKey;
}

function unpackSample(body: Uint8Array, j: number, { n, data }: ParameterSet): Uint32Array {
  const size = packed30Bytes(n);
  return unpack30(body.subarray(j * size, (j + 1) * size), data[0], n);
}

function labelOf(j: number): string {
  return `public/${j}`;
}

function checkEntry(entry: KeyEntry, params: ParameterSet): void {
  if (entry.gadget !== 0) throw new KeyPackError("PACK_GADGET", `a key of kind ${entry.kind} has gadget 0`);
  if (entry.level !== 0) throw new KeyPackError("PACK_LEVEL", "a batch public key has level 0");
  if (entry.element !== params.n) throw new KeyPackError("PACK_ELEMENT", `the ring has degree ${params.n}`);
  const reason = batchReason(params, { bits: BATCH_BITS.usual });
  if (reason !== undefined) throw new KeyPackError("PACK_PARAMS", `${params.id} has no batch results: ${reason}`);
}
