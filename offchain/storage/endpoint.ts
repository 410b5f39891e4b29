/** How a store is spoken to over HTTP: addresses, and what its answers mean. */
import type { Bytes32 } from "../digest/hex.ts";
import { EndpointError, StorageError } from "./errors.ts";

/** Nobody is made to wait longer than this, whatever a server asks for. */
const MAX_RETRY_AFTER_MS = 10_000;

/**
 * Checks the base URL of a store.
 *
 * @returns the URL without a slash at its end
 * @throws StorageError `ENDPOINT_INVALID` unless it is http or https without credentials, query or fragment
 */
export function endpointUrl(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const plain =
    url !== undefined &&
    (url.protocol === "https:" || url.protocol === "http:") &&
    url.username === "" &&
    url.password === "" &&
    url.search === "" &&
    url.hash === "";
  if (!plain) throw new StorageError("ENDPOINT_INVALID", "The address of a store is not a plain http or https URL.");
  return url.href.replace(/\/+$/, "");
}

/** Where an endpoint serves a blob. */
export function blobUrl(endpoint: string, root: Bytes32): string {
  return `${endpoint}/blobs/${root}`;
}

/** The parts of a response a refusal is read from. */
export interface ResponseHead {
  readonly status: number;
  /** The Retry-After header. */
  readonly retryAfter: string | null;
}

/**
 * What a status other than success means.
 *
 */
export function refusal({ status, retryAfter }: ResponseHead): StorageError {
  switch (status) {
    case 404:
      return new StorageError("BLOB_NOT_FOUND", "The store does not have the object.");
    case 413:
      return new EndpointError(
        "BLOB_TOO_LARGE",
        "The store does not take objects this large (`maxBlobBytes` of a node).",
        { transient: false },
      );
    case 422:
      return new EndpointError("BLOB_DIGEST_MISMATCH", "The store received other bytes than were sent.", {
        transient: true,
      });
    case 507:
      return new EndpointError("STORAGE_FULL", "The store is full.", { transient: false });
    default:
      // A browser tells no more of a redirect than status 0.
      return new EndpointError("ENDPOINT_REFUSED", `The store refused with status ${status}.`, {
        transient: status === 408 || status === 429 || status >= 500,
        retryAfter: retryAfterMs(retryAfter),
      });
  }
}

function retryAfterMs(header: string | null): number | undefined {
  if (header === null || !/^[0-9]{1,6}$/.test(header)) return undefined;
  return Math.min(Number(header) * 1000, MAX_RETRY_AFTER_MS);
}
