import { blobRoot } from "../digest/merkle.ts";
import type { Bytes32 } from "../digest/hex.ts";
import { BlobUnavailableError, StorageError, type EndpointFailure } from "../storage/errors.ts";
import { HttpStore } from "../storage/http-store.ts";
import { noEndpoint } from "./errors.ts";

export interface UploadOptions {
  /** What is uploaded, for errors, e.g. `the keys`. */
  readonly what: string;
  /** Endpoints that shall hold it; 2 when omitted, so that one that goes away strands nothing. One is enough to succeed. */
  readonly copies?: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes of the copy under way. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Where an upload ended. */
export interface Uploaded {
  readonly root: Bytes32;
  /** Base URLs of the stores that hold it, at least one. */
  readonly endpoints: readonly string[];
}

/**
 * Stores bytes at the first endpoints that take them. What a store holds already is not sent again.
 *
 * @param endpoints base URLs, the preferred one first
 * @throws ClientError `NO_ENDPOINT`; BlobUnavailableError saying of each endpoint why it did not take them
 */
export async function uploadBlob(
  endpoints: readonly string[],
  bytes: Uint8Array,
  { what, copies = 2, signal, onProgress }: UploadOptions,
): Promise<Uploaded> {
  if (endpoints.length === 0) throw noEndpoint(what);
  const root = blobRoot(bytes);
  const holders: string[] = [];
  const failures: EndpointFailure[] = [];
  for (const endpoint of endpoints) {
    if (holders.length === copies) break;
    try {
      // A further copy is worth one attempt, not a wait.
      const attempts = holders.length === 0 ? 3 : 1;
      const onFailure = (failure: EndpointFailure) => failures.push(failure);
      await new HttpStore({ endpoints: [endpoint], attempts, onFailure }).put(bytes, {
        expected: root,
        ...(signal && { signal }),
        onProgress: (done) => {
          onProgress?.(done, bytes.length);
        },
      });
      holders.push(endpoint);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof BlobUnavailableError) && !(error instanceof StorageError)) throw error;
    }
  }
  if (holders.length === 0) throw new BlobUnavailableError(`No store took ${what}.`, failures);
  return { root, endpoints: holders };
}
