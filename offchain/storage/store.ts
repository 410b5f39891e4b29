import type { ByteStream } from "../digest/bytes.ts";
import type { Bytes32 } from "../digest/hex.ts";

/** What every transfer can be told. */
export interface TransferOptions {
  /** Ends the transfer; nothing half-done stays. */
  readonly signal?: AbortSignal;
  /** Called as bytes move; `total` is undefined while it is not known. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
}

export interface PutOptions extends TransferOptions {
  /** Refused above it. The store's own limit holds besides. */
  readonly maxBytes?: number;
  /** Refused unless the bytes have this root. */
  readonly expected?: Bytes32;
}

export interface GetOptions extends TransferOptions {
  /** Refused above it, before memory is taken. */
  readonly maxBytes: number;
}

export interface StoredBlob {
  /** Blob root of the bytes: their name in every store. */
  readonly root: Bytes32;
  readonly size: number;
  /** False when the store had it already. */
  readonly created: boolean;
}

/** Keeps byte strings under their blob root (docs/formats.md, section 1). What it returns has been checked against the root. */
export interface BlobStore {
  /**
   * Stores bytes. Storing what is there already changes nothing.
   *
   * @throws StorageError `BLOB_TOO_LARGE`, `BLOB_DIGEST_MISMATCH`, `STORAGE_FULL`, `STORAGE_IO`; a failed put leaves nothing behind
   */
  put(source: Uint8Array | ByteStream, options?: PutOptions): Promise<StoredBlob>;

  /**
   * Fetches bytes and checks them.
   *
   * @throws StorageError `BLOB_NOT_FOUND`, `BLOB_TOO_LARGE`, `BLOB_CORRUPT`, `STORAGE_IO`; BlobUnavailableError from several endpoints
   */
  get(root: Bytes32, options: GetOptions): Promise<Uint8Array<ArrayBuffer>>;

  /** Whether the store says it has the blob. */
  has(root: Bytes32): Promise<boolean>;

  /** Bytes of the blob as the store states them, or undefined when it does not have it. */
  size(root: Bytes32): Promise<number | undefined>;
}

/** The pieces of a source: a byte string is one piece. */
export function pieces(source: Uint8Array | ByteStream): ByteStream {
  return source instanceof Uint8Array ? [source] : source;
}
