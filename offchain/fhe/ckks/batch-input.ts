/**
 * The bytes of a batch's input (docs/formats.md, section 14): the ciphertexts of all inputs of a plan in one blob, read one at a time, so that no reader
 * ever holds more than one of them expanded.
 */
import { equalBytes, wordBytes } from "../../digest/bytes.ts";
import { fromHex, type Bytes32 } from "../../digest/hex.ts";
import { MerkleHasher } from "../../digest/merkle.ts";
import { release } from "../../digest/release.ts";
import { sha256 } from "../../digest/sha256.ts";
import { CloakworkError } from "../../errors.ts";
import { ciphertextBytes, NONCE_AT, parseCiphertext } from "./ciphertext-format.ts";
import type { Ciphertext, InputEncoding } from "./ciphertext.ts";
import { expandPolynomial, type ExpandPolynomial } from "./key-set.ts";
import { paramsDigest, type ParameterSet } from "./parameters.ts";
import { pauser } from "./pause.ts";
import { distrusted, untrusted, type Untrusted } from "./untrusted.ts";

/** Why a batch's input was refused. A fault of one of its ciphertexts has that ciphertext's own code. */
export type BatchInputErrorCode =
  | "BATCH_INPUT_TRUNCATED"
  | "BATCH_INPUT_OVERSIZED"
  | "BATCH_INPUT_MAGIC"
  | "BATCH_INPUT_VERSION"
  | "BATCH_INPUT_COUNT"
  | "BATCH_INPUT_PARAMS"
  | "BATCH_INPUT_KEY_SET"
  | "BATCH_INPUT_NONCE";

/** The bytes are not the batch's input that was expected. Nothing was evaluated. */
export class BatchInputError extends CloakworkError {
  constructor(code: BatchInputErrorCode, reason: string) {
    super(code, `The batch's input was refused: ${reason}.`, "Encrypt the batch again for this plan and send it anew.");
  }
}

/** What a batch's input must be to be accepted: the inputs of the plan, in order. */
export interface BatchInputExpectation {
  readonly params: ParameterSet;
  readonly keySetId: Bytes32;
  readonly inputs: readonly InputEncoding[];
}

/** Bytes wherever they are: in memory, in a file. */
export interface ByteSource {
  readonly size: number;
  /** `length` bytes from `at`, fewer only where the source ends: a view of bytes that stay, or an array of their own, which the reader may release. */
  read(at: number, length: number): Uint8Array;
}

const MAGIC = new TextEncoder().encode("CWBI");
const COUNT_AT = 8;
const PARAMS_AT = 16;
const KEY_SET_AT = 48;

const SHA256_BYTES = 32;

/** Bytes before the first ciphertext. */
export const BATCH_INPUT_HEADER_BYTES = 80;

/** Exact bytes of a batch's input: what to allow before reading one. */
export function batchInputBytes({ params, inputs }: Pick<BatchInputExpectation, "params" | "inputs">): number {
  return offsetsOf(params, inputs)[inputs.length];
}

/** The header of a batch's input; the ciphertexts follow it, each as docs/formats.md, section 6, says. */
export function batchInputHeader({ params, keySetId, inputs }: BatchInputExpectation): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(BATCH_INPUT_HEADER_BYTES);
  header.set(MAGIC);
  header[4] = 1;
  new DataView(header.buffer).setUint32(COUNT_AT, inputs.length, true);
  header.set(fromHex(paramsDigest(params), 32), PARAMS_AT);
  header.set(fromHex(keySetId, 32), KEY_SET_AT);
  return header;
}

/** A source over bytes in memory. */
export function byteSource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (at, length) => bytes.subarray(at, at + length) };
}

/**
 * Refuses a batch's input by its size alone, which stands in the request: nothing has to be fetched for it.
 *
 * @throws BatchInputError `BATCH_INPUT_TRUNCATED`, `BATCH_INPUT_OVERSIZED`
 */
export function checkBatchInputSize(size: number, expected: Pick<BatchInputExpectation, "params" | "inputs">): void {
  const bytes = batchInputBytes(expected);
  if (size < bytes) refuse("BATCH_INPUT_TRUNCATED", `it has ${size} of ${bytes} bytes`);
  if (size > bytes) refuse("BATCH_INPUT_OVERSIZED", `it has ${size} bytes instead of ${bytes}`);
}

export interface ReadOptions {
  /** Another implementation of `expandPolynomial`, with the same result. */
  readonly expand?: ExpandPolynomial;
}

/** What a batch's input is known by once it was read, whoever read it. */
export interface CheckedBatchInput {
  /** Root of kind 2 over all of its ciphertexts, expanded: what a request names. */
  readonly root: Bytes32;
  /** SHA-256 of the bytes of each ciphertext, one after the other. */
  readonly digests: Uint8Array;
}

/**
 * Ciphertexts of a batch's input that were all read once; each is read again when it is needed. Expanded they are twice the blob and more: a full batch of
 * the digits model would take 308 MB, in a node that peaks at not much more in all.
 */
export interface BatchInput extends CheckedBatchInput {
  readonly length: number;
  readonly keySetId: Bytes32;
  /**
   * Reads ciphertext `index` again.
   *
   * @returns undefined beyond the last. What was returned before is empty from now on: an evaluation takes thousands of these, each into memory of its own
   * @throws RangeError when the bytes are not those that were read before
   */
  at(index: number): Ciphertext | undefined;
}

/**
 * Reads a batch's input from outside, one ciphertext at a time: checks every byte of it and computes its root.
 *
 * @param source refused by its size before anything is read
 * @throws BatchInputError or CiphertextError with the first reason found: the size, then in the order of the bytes
 * @throws the signal's reason when aborted
 */
export async function readBatchInput(
  source: Untrusted<ByteSource>,
  expected: BatchInputExpectation,
  {
    expand = expandPolynomial,
    signal,
    onProgress,
  }: ReadOptions & {
    readonly signal?: AbortSignal | undefined;
    /** Called after each ciphertext with the number read and the number in all. */
    readonly onProgress?: ((done: number, total: number) => void) | undefined;
  } = {},
): Promise<BatchInput> {
  const bytes = distrusted(source);
  const { inputs } = expected;
  checkBatchInputSize(bytes.size, expected);
  checkHeader(bytes.read(0, BATCH_INPUT_HEADER_BYTES), expected);
  const { take, parse } = ciphertextsOf(bytes, expected, expand);
  const hasher = new MerkleHasher("residues");
  const digests = new Uint8Array(SHA256_BYTES * inputs.length);
  const nonces = new Set<string>();
  const pause = pauser(signal);
  for (let index = 0; index < inputs.length; index++) {
    await pause();
    const raw = take(index);
    const { c0, c1 } = parse(raw, index);
    nonces.add(raw.subarray(NONCE_AT, NONCE_AT + 32).join());
    // Two with one nonce would show the difference of what they hold.
    if (nonces.size === index) refuse("BATCH_INPUT_NONCE", `ciphertext ${index} has the nonce of one before it`);
    hasher.update(wordBytes(c0)).update(wordBytes(c1));
    digests.set(sha256(raw), SHA256_BYTES * index);
    [c0, c1, raw].forEach(release);
    onProgress?.(index + 1, inputs.length);
  }
  return checkedBatchInput(source, expected, { root: hasher.root(), digests }, { expand });
}

/**
 * A batch's input that `readBatchInput` passed before, perhaps in another process. Nothing is read until a ciphertext is needed.
 *
 * @param source the bytes that were read then, or others: those are never given
 * @param expected as it was read
 * @throws BatchInputError when the bytes are of another size
 * @throws RangeError when the digests are not those of as many ciphertexts
 */
export function checkedBatchInput(
  source: Untrusted<ByteSource>,
  expected: BatchInputExpectation,
  { root, digests }: CheckedBatchInput,
  { expand = expandPolynomial }: ReadOptions = {},
): BatchInput {
  const bytes = distrusted(source);
  const { keySetId, inputs } = expected;
  checkBatchInputSize(bytes.size, expected);
  if (digests.length !== SHA256_BYTES * inputs.length)
    throw new RangeError(`${digests.length} bytes are not the digests of ${inputs.length} ciphertexts`);
  const { take, parse } = ciphertextsOf(bytes, expected, expand);
  let given: Ciphertext | undefined;
  return {
    length: inputs.length,
    keySetId,
    root,
    digests,
    at(index) {
      if (!Object.hasOwn(inputs, index)) return undefined;
      const raw = take(index);
      if (!equalBytes(sha256(raw), digests.subarray(SHA256_BYTES * index, SHA256_BYTES * (index + 1))))
        throw new RangeError(`ciphertext ${index} of a batch's input was changed after it was checked`);
      if (given !== undefined) [given.c0, given.c1].forEach(release);
      given = parse(raw, index);
      release(raw);
      return given;
    },
  };
}

/** Reads the bytes of one ciphertext, and parses them. */
function ciphertextsOf(
  bytes: ByteSource,
  { params, keySetId, inputs }: BatchInputExpectation,
  expand: ExpandPolynomial,
): { readonly take: (index: number) => Uint8Array; readonly parse: (raw: Uint8Array, index: number) => Ciphertext } {
  const offsets = offsetsOf(params, inputs);
  return {
    take: (index) => bytes.read(offsets[index], offsets[index + 1] - offsets[index]),
    parse(raw, index) {
      const { level, scale } = inputs[index];
      return parseCiphertext(untrusted(raw), { role: "input", params, keySetId, level, scale }, expand);
    },
  };
}

/** Where each ciphertext begins, and the end. */
function offsetsOf(params: ParameterSet, inputs: readonly InputEncoding[]): number[] {
  const offsets = [BATCH_INPUT_HEADER_BYTES];
  for (const [index, { level }] of inputs.entries())
    offsets.push(offsets[index] + ciphertextBytes(params, level, "input"));
  return offsets;
}

/** In the order of the bytes. */
function checkHeader(raw: Uint8Array, expected: BatchInputExpectation): void {
  const head = batchInputHeader(expected);
  const same = (from: number, to: number): boolean => equalBytes(raw.subarray(from, to), head.subarray(from, to));
  if (raw.length < head.length) refuse("BATCH_INPUT_TRUNCATED", "it ends within its header");
  if (!same(0, 4)) refuse("BATCH_INPUT_MAGIC", "it does not begin as a batch's input does");
  if (!same(4, COUNT_AT)) refuse("BATCH_INPUT_VERSION", "its version is not 1");
  if (!same(COUNT_AT, COUNT_AT + 4))
    refuse("BATCH_INPUT_COUNT", `it does not say that it has ${expected.inputs.length} ciphertexts`);
  if (!same(COUNT_AT + 4, PARAMS_AT)) refuse("BATCH_INPUT_VERSION", "its reserved bytes are set");
  if (!same(PARAMS_AT, KEY_SET_AT))
    refuse("BATCH_INPUT_PARAMS", `it is not of the parameter set ${expected.params.id}`);
  if (!same(KEY_SET_AT, BATCH_INPUT_HEADER_BYTES)) refuse("BATCH_INPUT_KEY_SET", "it is of another key set");
}

function refuse(code: BatchInputErrorCode, reason: string): never {
  throw new BatchInputError(code, reason);
}
