/**
 * The body of a package: chunked AES-256-GCM (docs/formats.md, section 7) in the STREAM construction of Hoang, Reyhanitabar, Rogaway and
 * Vizár (https://eprint.iacr.org/2015/189, section 5): the nonce counts the chunks and marks the last, so that none can be dropped,
 * reordered or cut off unnoticed. Nothing is released before it is authenticated; both ways hold about two chunks in memory.
 */
import { equalBytes, type ByteStream } from "../digest/bytes.ts";
import { release } from "../digest/release.ts";
import { ChunkReader } from "./chunks.ts";
import { BodyError } from "./errors.ts";
import type { SecretBytes } from "./secret-bytes.ts";

/** Bytes of plaintext a chunk. */
export const CHUNK_BYTES = 1024 * 1024;

/** Bytes of the header, which is also the additional data of every chunk. */
export const HEADER_BYTES = 28;

/** Bytes a chunk grows by. */
export const TAG_BYTES = 16;

/** Bytes of the random part of a nonce. */
export const PREFIX_BYTES = 7;

const MAGIC = new TextEncoder().encode("CWPK");
const VERSION = 1;
const MAX_CHUNKS = 2 ** 32;

/** Chunks of a body; an empty one has one empty chunk. */
const chunkCount = (size: number): number => Math.max(1, Math.ceil(size / CHUNK_BYTES));

/** Bytes of the sealed body of `size` bytes of plaintext. */
export function sealedBytes(size: number): number {
  return HEADER_BYTES + size + TAG_BYTES * chunkCount(size);
}

export interface StreamOptions {
  readonly signal?: AbortSignal;
  /** Called after every chunk with the bytes of plaintext done and in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface SealOptions extends StreamOptions {
  /** 7 bytes; random when omitted. Given by tests alone. */
  readonly noncePrefix?: Uint8Array;
}

/**
 * Seals a stream.
 *
 * @param contentKey 32 bytes, fresh: never used for a body before
 * @param plaintext pieces of any size, together `size` bytes
 * @param size bytes of plaintext
 * @returns the sealed body, header first, then a chunk a piece
 * @throws BodyError `BODY_SIZE` when the plaintext does not have `size` bytes
 */
export async function* sealBody(
  contentKey: SecretBytes,
  plaintext: ByteStream,
  size: number,
  options: SealOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const prefix = options.noncePrefix ?? crypto.getRandomValues(new Uint8Array(PREFIX_BYTES));
  const header = encodeHeader(size, prefix);
  const key = await importKey(contentKey, "encrypt");
  const reader = new ChunkReader(plaintext);
  const count = chunkCount(size);
  try {
    yield header;
    for (let i = 0; i < count; i++) {
      options.signal?.throwIfAborted();
      const chunk = await reader.read(Math.min(CHUNK_BYTES, size - i * CHUNK_BYTES));
      if (chunk.length < Math.min(CHUNK_BYTES, size - i * CHUNK_BYTES)) throw wrongSize(size, "fewer");
      if (i === count - 1 && !(await reader.atEnd())) throw wrongSize(size, "more");
      const sealed = await crypto.subtle.encrypt(aead(header, prefix, i, count), key, chunk);
      chunk.fill(0);
      yield new Uint8Array(sealed);
      options.onProgress?.(Math.min((i + 1) * CHUNK_BYTES, size), size);
    }
  } finally {
    await reader.close();
  }
}

/**
 * Opens a sealed body.
 *
 * @param contentKey the key it was sealed with
 * @param sealed pieces of any size, from anywhere
 * @param size bytes of plaintext expected; anything else is refused before memory is taken
 * @returns authenticated plaintext, a chunk a piece. That the body is whole is known only when the generator ends without an error
 * @throws BodyError
 */
export async function* openBody(
  contentKey: SecretBytes,
  sealed: ByteStream,
  size: number,
  options: StreamOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = new ChunkReader(sealed);
  try {
    const header = await reader.read(HEADER_BYTES);
    const prefix = decodeHeader(header, size);
    const key = await importKey(contentKey, "decrypt");
    const count = chunkCount(size);
    for (let i = 0; i < count; i++) {
      options.signal?.throwIfAborted();
      const bytes = Math.min(CHUNK_BYTES, size - i * CHUNK_BYTES) + TAG_BYTES;
      const chunk = await reader.read(bytes);
      if (chunk.length < bytes) throw new BodyError("BODY_TRUNCATED", `The package ends in chunk ${i} of ${count}.`);
      yield await openChunk(key, aead(header, prefix, i, count), chunk, i);
      options.onProgress?.(Math.min((i + 1) * CHUNK_BYTES, size), size);
    }
    if (!(await reader.atEnd())) throw new BodyError("BODY_TRAILING", "The package has bytes after its last chunk.");
  } finally {
    await reader.close();
  }
}

async function openChunk(
  key: CryptoKey,
  params: AesGcmParams,
  chunk: Uint8Array<ArrayBuffer>,
  index: number,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const opened = new Uint8Array(await crypto.subtle.decrypt(params, key, chunk));
    release(chunk);
    return opened;
  } catch {
    throw new BodyError(
      "BODY_NOT_AUTHENTIC",
      `Chunk ${index} of the package is not authentic: it was changed or moved, or the key is another package's.`,
    );
  }
}

async function importKey(contentKey: SecretBytes, usage: "encrypt" | "decrypt"): Promise<CryptoKey> {
  const bytes = contentKey.reveal();
  if (bytes.length !== 32) throw new RangeError("a content key has 32 bytes");
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, [usage]);
}

/** Nonce: prefix ‖ index (4, big-endian) ‖ whether it is the last chunk. */
function aead(header: Uint8Array<ArrayBuffer>, prefix: Uint8Array, index: number, count: number): AesGcmParams {
  const iv = new Uint8Array(12);
  iv.set(prefix);
  new DataView(iv.buffer).setUint32(PREFIX_BYTES, index, false);
  iv[11] = index === count - 1 ? 1 : 0;
  return { name: "AES-GCM", iv, additionalData: header, tagLength: 8 * TAG_BYTES };
}

function encodeHeader(size: number, prefix: Uint8Array): Uint8Array<ArrayBuffer> {
  if (!Number.isSafeInteger(size) || size < 0 || chunkCount(size) > MAX_CHUNKS) throw new RangeError("bytes of a body");
  if (prefix.length !== PREFIX_BYTES) throw new RangeError(`a nonce prefix has ${PREFIX_BYTES} bytes`);
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  header.set(MAGIC);
  header[4] = VERSION;
  view.setUint32(8, CHUNK_BYTES, true);
  view.setBigUint64(12, BigInt(size), true);
  header.set(prefix, 20);
  return header;
}

/** @returns the nonce prefix */
function decodeHeader(header: Uint8Array<ArrayBuffer>, size: number): Uint8Array {
  if (header.length < HEADER_BYTES) throw new BodyError("BODY_TRUNCATED", "The package ends in its header.");
  const prefix = header.subarray(20, 20 + PREFIX_BYTES);
  const stated = new DataView(header.buffer).getBigUint64(12, true);
  const expected = encodeHeader(size, prefix);
  expected.set(header.subarray(12, 20), 12);
  if (!equalBytes(header, expected)) throw new BodyError("BODY_FORMAT", "The header is not that of a sealed package.");
  if (stated !== BigInt(size)) {
    throw new BodyError("BODY_SIZE", `The package holds ${stated} bytes of weights, and the plan needs ${size}.`);
  }
  return prefix;
}

function wrongSize(size: number, than: "fewer" | "more"): BodyError {
  return new BodyError("BODY_SIZE", `The weights to seal have ${than} than the ${size} bytes announced.`);
}
