/** Finds blobs: here first, then at the places the chain and the configuration name; what was found elsewhere is kept here. */
import type { Bytes32 } from "../digest/hex.ts";
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
  /** Keeps it here until then at least, Unix milliseconds, whatever else needs room. */
  readonly keepUntil?: number;
}

export interface BlobSource {
  /**
   * @param root blob root
   * @throws StorageError or BlobUnavailableError, which name what was tried
   */
  get(root: Bytes32, options: FindOptions): Promise<Uint8Array>;
  /** Whether it is here already. */
  has(root: Bytes32): Promise<boolean>;
}

/**
 * @param store this node's own blobs
 * @param peers asked after the hints, private addresses or not
 * @param chainId decides whether private addresses on chain are asked
 */
export function createBlobSource(store: FileStore, peers: readonly string[], chainId: number): BlobSource {
  return {
    has: (root) => store.has(root),
    async get(root, { maxBytes, hints, signal, keepUntil }) {
      if (keepUntil !== undefined) store.hold(root, keepUntil);
      if (await store.has(root)) return await store.get(root, { maxBytes, signal });
      const endpoints = [...new Set([...usableEndpoints(hints, chainId), ...peers])];
      if (endpoints.length === 0) throw new BlobUnavailableError(`Nobody is known to have ${root}.`, []);
      const bytes = await new HttpStore({ endpoints }).get(root, { maxBytes, signal });
      await store.put(bytes, { expected: root, signal });
      return bytes;
    },
  };
}
