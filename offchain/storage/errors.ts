import { CloakworkError } from "../errors.ts";

const NEXT = {
  BLOB_NOT_FOUND: "Ask whoever published the object to upload it again, or name a store that has it.",
  BLOB_TOO_LARGE: "If the object is meant to be this large, raise the limit where it is set; else use another one.",
  BLOB_DIGEST_MISMATCH: "Take the object from another store; this one serves something else under its name.",
  BLOB_CORRUPT: "Fetch the object again from another store, and check the disk: the damaged copy was set aside.",
  STORAGE_FULL: "Free space on the disk or raise the quota, then try again; nothing was left behind.",
  STORAGE_IO: "Check the disk and the permissions of the folder, then try again.",
  ENDPOINT_INVALID: "Give the base URL of a store, such as https://blobs.example.org, without query or credentials.",
  ENDPOINT_UNREACHABLE: "Check the connection and the address of the store, then try again.",
  ENDPOINT_REFUSED: "Try again later or with another store.",
  TRANSFER_STALLED: "Check the connection, then try again.",
} as const;

export type StorageErrorCode = keyof typeof NEXT;

/** A blob could not be stored or fetched. */
export class StorageError extends CloakworkError {
  declare readonly code: StorageErrorCode;

  /** @param message one sentence: what happened */
  constructor(code: StorageErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(code, message, NEXT[code], options);
  }
}

/** An endpoint could not be reached or said no; it may be worth asking again. */
export class EndpointError extends StorageError {
  /** Whether the same request may succeed a little later. */
  readonly transient: boolean;
  /** Milliseconds the endpoint asked to wait, if it did. */
  readonly retryAfter: number | undefined;

  constructor(
    code: "ENDPOINT_UNREACHABLE" | "ENDPOINT_REFUSED" | "STORAGE_FULL" | "BLOB_TOO_LARGE" | "BLOB_DIGEST_MISMATCH",
    message: string,
    options: { transient: boolean; retryAfter?: number | undefined; cause?: unknown },
  ) {
    super(code, message, "cause" in options ? { cause: options.cause } : {});
    this.transient = options.transient;
    this.retryAfter = options.retryAfter;
  }
}

/** One endpoint that did not do what it was asked. */
export interface EndpointFailure {
  readonly endpoint: string;
  readonly error: StorageError;
}

/** None of several endpoints did what it was asked; says of each why not. */
export class BlobUnavailableError extends CloakworkError {
  readonly failures: readonly EndpointFailure[];

  /** @param message one sentence: what was tried */
  constructor(message: string, failures: readonly EndpointFailure[]) {
    const reasons = failures.map(({ endpoint, error }) => `${endpoint}: ${error.message}`);
    super(
      "BLOB_UNAVAILABLE",
      [message, ...reasons].join(" "),
      "Check the connection and the addresses of the stores, then try again.",
      { cause: failures.at(-1)?.error },
    );
    this.failures = failures;
  }
}
