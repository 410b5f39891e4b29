import { wordBytes } from "../../digest/bytes.ts";
import type { Bytes32 } from "../../digest/hex.ts";
import { MerkleHasher } from "../../digest/merkle.ts";
import { BATCH_INPUT_HEADER_BYTES, batchInputBytes, batchInputHeader } from "./batch-input.ts";
import { encryptExpanded, type InputEncoding } from "./ciphertext.ts";
import type { ExpandPolynomial } from "./key-set.ts";
import { pauser } from "./pause.ts";
import type { RandomSource } from "./sampling.ts";
import type { SecretKey } from "./secret.ts";

/** A batch's input ready to be sent. */
export interface EncryptedBatch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Root of kind 2 over all its ciphertexts, expanded. */
  readonly root: Bytes32;
}

export interface EncryptBatchOptions {
  /** Another implementation of `expandPolynomial`, with the same result. */
  readonly expand?: ExpandPolynomial;
  readonly random?: RandomSource;
  readonly signal?: AbortSignal | undefined;
  /** Called after each ciphertext with the number made and the number in all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Encrypts the inputs of a batch one after the other into one blob (docs/formats.md, section 14). What is held is the blob and one ciphertext.
 *
 * @param keySet the key set the secret belongs to
 * @param inputs of the plan, in order
 * @param slotsOf the N/2 slot values of an input; overwritten once they are encrypted
 * @throws EncodingError when a value is not finite or too large; the signal's reason when aborted
 */
export async function encryptBatchInput(
  secret: SecretKey,
  keySet: Bytes32,
  inputs: readonly InputEncoding[],
  slotsOf: (index: number) => Float64Array,
  { signal, onProgress, ...how }: EncryptBatchOptions = {},
): Promise<EncryptedBatch> {
  const { params } = secret;
  const bytes = new Uint8Array(batchInputBytes({ params, inputs }));
  bytes.set(batchInputHeader({ params, keySetId: keySet, inputs }));
  const hasher = new MerkleHasher("residues");
  const pause = pauser(signal);
  let at = BATCH_INPUT_HEADER_BYTES;
  for (const [index, { level, scale }] of inputs.entries()) {
    await pause();
    const slots = slotsOf(index);
    const fresh = encryptExpanded(secret, keySet, slots, { level, scale }, how);
    slots.fill(0);
    bytes.set(fresh.bytes, at);
    at += fresh.bytes.length;
    hasher.update(wordBytes(fresh.c0)).update(wordBytes(fresh.c1));
    onProgress?.(index + 1, inputs.length);
  }
  return { bytes, root: hasher.root() };
}
