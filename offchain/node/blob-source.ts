/** Finds blobs: here first, then at the places the chain and the configuration name; what was found elsewhere is kept here. */
import type { Bytes32 } from "../digest/hex.ts";
import type { FileStore } from "../storage/file-store.ts";
import { HttpStore } from "../storage/http-store.ts";

export interface BlobSource {
  /**
   * @param root blob root
   * @param maxBytes more is not read
   * @param hints base addresses where it may be; anything that is no http(s) address is passed over
   * @throws StorageError or BlobUnavailableError, which name what was tried
   */
  get(root: Bytes32, maxBytes: number, hints: readonly string[], signal: AbortSignal): Promise<Uint8Array>;
}

/**
 * @param store this node's own blobs
 * @param peers asked after the hints
 */
export function createBlobSource(store: FileStore, peers: readonly string[]): BlobSource {
  return {
    async get(root, maxBytes, hints, signal) {
      if (await store.has(root)) return await store.get(root, { maxBytes, signal });
      const endpoints = [...new Set([...hints, ...peers])].filter(
        (address) => /^https?:\/\//.test(address) && URL.canParse(address),
      );
      const bytes = await new HttpStore({ endpoints }).get(root, { maxBytes, signal });
      await store.put(bytes, { expected: root, signal });
      return bytes;
    },
  };
}
