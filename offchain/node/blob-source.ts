/** Finds blobs: here first, then at the places the chain and the configuration name; what was found elsewhere is kept here. */
import type { Bytes32 } from "../digest/hex.ts";
import { blobRoot } from "../digest/merkle.ts";
import { release } from "../digest/release.ts";
import { BlobUnavailableError } from "../storage/errors.ts";
import type { FileStore } from "../storage/file-store.ts";
import { HttpStore } from "../storage/http-store.ts";
import { usableEndpoints } from "../storage/stated-endpoints.ts";

export interface FindOptions {
  /** More is not read. */
  readonly maxBytes: number;
  /** Base addresses where it may be, written on chain by strangers. */
  readonly hints: readonly string[];
  readonly signal: AbortSignal;
  /** Milliseconds the search may take elsewhere: who answers slowly does not keep the others from being asked. */
  readonly withinMs: number;
  /** Keeps it here until then at least, Unix milliseconds, whatever else needs room. */
  readonly keepUntil?: number;
}

export interface BlobSource {
  /**
   * @param root blob root
   * @throws StorageError or BlobUnavailableError, which name what was tried
   */
  get(root: Bytes32, options: FindOptions): Promise<Uint8Array>;
  /**
   * The same, to be read once, piece by piece. A piece is empty when the next is asked for.
   *
   * @throws as `get`, at the latest in place of the last piece
   */
  pieces(root: Bytes32, options: FindOptions): AsyncIterable<Uint8Array>;
  /**
   * The same for what is too large to be held in memory.
   *
   * @returns path of a file with its bytes, to be checked by whoever reads them
   */
  file(root: Bytes32, options: FindOptions): Promise<string>;
  /** Reads what `file` gave to its end. @throws StorageError `BLOB_CORRUPT` when it was changed on the disk; the next `file` finds it anew */
  verify(root: Bytes32): Promise<void>;
  /** Keeps bytes here and serves them, until then at least, Unix milliseconds. */
  keep(bytes: Uint8Array, until: number): Promise<void>;
  /** Whether it is here already. */
  has(root: Bytes32): Promise<boolean>;
}

/**
 * @param store this node's own blobs
 * @param peers asked after the hints, private addresses or not
 * @param chainId decides whether private addresses on chain are asked
 */
export function createBlobSource(store: FileStore, peers: readonly string[], chainId: number): BlobSource {
  const elsewhere = (root: Bytes32, { hints, withinMs }: FindOptions): HttpStore => {
    const endpoints = [...new Set([...usableEndpoints(hints, chainId), ...peers])];
    if (endpoints.length === 0) throw new BlobUnavailableError(`Nobody is known to have ${root}.`, []);
    return new HttpStore({ endpoints, withinMs });
  };
  /** Makes sure that a blob is here. */
  const fetched = async (root: Bytes32, options: FindOptions): Promise<void> => {
    const { maxBytes, signal, keepUntil } = options;
    if (keepUntil !== undefined) store.hold(root, keepUntil);
    if (!(await store.has(root))) await elsewhere(root, options).copyTo(store, root, { maxBytes, signal });
  };
  return {
    has: (root) => store.has(root),
    async get(root, options) {
      const { maxBytes, signal, keepUntil } = options;
      if (keepUntil !== undefined) store.hold(root, keepUntil);
      if (await store.has(root)) return await store.get(root, { maxBytes, signal });
      const bytes = await elsewhere(root, options).get(root, { maxBytes, signal });
      await store.put(bytes, { expected: root, signal });
      return bytes;
    },
    async *pieces(root, options) {
      await fetched(root, options);
      const { bytes } = await store.openBlob(root, options);
      for await (const piece of bytes) {
        yield piece;
        release(piece);
      }
    },
    async file(root, options) {
      await fetched(root, options);
      return await store.pathOf(root);
    },
    verify: (root) => store.verify(root),
    async keep(bytes, until) {
      const root = blobRoot(bytes);
      store.hold(root, until);
      if (!(await store.has(root))) await store.put(bytes, { expected: root });
    },
  };
}
