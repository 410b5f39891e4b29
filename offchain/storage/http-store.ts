/** Blobs at one or more HTTP endpoints, tried in turn. Runs in browsers and in Node. */
import type { ByteStream } from "../digest/bytes.ts";
import { bytes32, type Bytes32 } from "../digest/hex.ts";
import { blobRoot, MerkleHasher } from "../digest/merkle.ts";
import { ByteCollector } from "./byte-collector.ts";
import { blobUrl, endpointUrl, refusal } from "./endpoint.ts";
import { BlobUnavailableError, EndpointError, StorageError, type EndpointFailure } from "./errors.ts";
import { pieces, type BlobStore, type GetOptions, type PutOptions, type StoredBlob } from "./store.ts";
import { upload } from "./upload.ts";
import { Watchdog } from "./watchdog.ts";

export interface HttpStoreOptions {
  /** Base URLs, the preferred one first. */
  readonly endpoints: readonly string[];
  /** Times an endpoint is asked before the next one is; 3 when omitted. */
  readonly attempts?: number;
  /** Wait before the second attempt; doubles with each. 300 ms when omitted. */
  readonly backoffMs?: number;
  /** A transfer ends when nothing moved for this long; 20 s when omitted. */
  readonly stallMs?: number;
  /** Milliseconds for all endpoints together, in equal parts; what one leaves is the next ones'. Without limit when omitted. */
  readonly withinMs?: number;
  /** Called for every endpoint that was given up, also when a later one succeeds. */
  readonly onFailure?: (failure: EndpointFailure) => void;
  readonly fetch?: typeof globalThis.fetch;
}

/** A server slower than this, on the whole, is left: 16 kB/s, as one leaves a slower client (`blob-server.ts`). */
const MIN_BYTES_PER_MS = 16;

/** Does one thing at one endpoint. */
type Request<T> = (endpoint: string, watchdog: Watchdog, signal: AbortSignal) => Promise<T>;

export class HttpStore implements BlobStore {
  readonly #endpoints: readonly string[];
  readonly #attempts: number;
  readonly #backoffMs: number;
  readonly #stallMs: number;
  readonly #withinMs: number;
  readonly #onFailure: (failure: EndpointFailure) => void;
  readonly #fetch: typeof globalThis.fetch;

  /** @throws StorageError `ENDPOINT_INVALID`; RangeError without endpoints */
  constructor(options: HttpStoreOptions) {
    if (options.endpoints.length === 0) throw new RangeError("a store needs at least one endpoint");
    this.#endpoints = options.endpoints.map(endpointUrl);
    this.#attempts = options.attempts ?? 3;
    this.#backoffMs = options.backoffMs ?? 300;
    this.#stallMs = options.stallMs ?? 20_000;
    this.#withinMs = options.withinMs ?? Number.POSITIVE_INFINITY;
    this.#onFailure = options.onFailure ?? (() => undefined);
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  }

  async put(source: Uint8Array | ByteStream, options: PutOptions = {}): Promise<StoredBlob> {
    const bytes = await collect(source, options);
    const root = blobRoot(bytes);
    if (options.expected !== undefined && root !== options.expected) {
      throw new StorageError("BLOB_DIGEST_MISMATCH", `The bytes have the root ${root}, not ${options.expected}.`);
    }
    const created = await this.#inTurn(`No store took ${root}.`, options.signal, async (endpoint, watchdog, signal) => {
      if ((await this.#head(endpoint, root, signal)) === bytes.length) return false;
      const onProgress = (sent: number) => {
        watchdog.moved();
        options.onProgress?.(sent, bytes.length);
      };
      const response = await upload({ url: blobUrl(endpoint, root), bytes, signal, onProgress }, this.#fetch);
      if (response.status !== 200 && response.status !== 201) throw refusal(response);
      return response.status === 201;
    });
    return { root, size: bytes.length, created };
  }

  async get(root: Bytes32, options: GetOptions): Promise<Uint8Array<ArrayBuffer>> {
    const name = bytes32(root);
    return this.#inTurn(
      `No store served ${name}.`,
      options.signal,
      (endpoint, watchdog, signal) => this.#download(endpoint, name, options, watchdog, signal),
      this.#longest(options),
    );
  }

  /**
   * Fetches bytes into another store, which checks them; nothing of them is gathered here.
   *
   * @throws as `get`; what the other store throws when it is full or fails
   */
  async copyTo(store: BlobStore, root: Bytes32, options: GetOptions): Promise<StoredBlob> {
    const expected = bytes32(root);
    const { maxBytes } = options;
    const copied = await this.#inTurn(
      `No store served ${expected}.`,
      options.signal,
      async (endpoint, watchdog, signal) => {
        const pieces = this.#pieces(endpoint, expected, options, watchdog, signal);
        try {
          return await store.put(pieces, { expected, maxBytes, signal });
        } catch (error) {
          // What is wrong with the other store is not mended by asking elsewhere.
          if (error instanceof StorageError && OWN_FAULTS.has(error.code)) return error;
          throw error;
        }
      },
      this.#longest(options),
    );
    if (copied instanceof StorageError) throw copied;
    return copied;
  }

  /** Milliseconds a download may take, stalls aside. */
  #longest({ maxBytes }: GetOptions): number {
    return this.#stallMs + maxBytes / MIN_BYTES_PER_MS;
  }

  async has(root: Bytes32): Promise<boolean> {
    return (await this.size(root)) !== undefined;
  }

  async size(root: Bytes32): Promise<number | undefined> {
    const name = bytes32(root);
    try {
      return await this.#inTurn(`No store answered for ${name}.`, undefined, async (endpoint, _watchdog, signal) => {
        const size = await this.#head(endpoint, name, signal);
        if (size === undefined) throw new StorageError("BLOB_NOT_FOUND", "The store does not have the object.");
        return size;
      });
    } catch (error) {
      if (error instanceof StorageError && error.code === "BLOB_NOT_FOUND") return undefined;
      throw error;
    }
  }

  /** @returns the size the endpoint states, or undefined when it does not have the blob */
  async #head(endpoint: string, root: Bytes32, signal: AbortSignal): Promise<number | undefined> {
    const response = await this.#request(endpoint, root, "HEAD", signal);
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw refusal(headOf(response));
    return contentLength(response);
  }

  async #download(
    endpoint: string,
    root: Bytes32,
    options: GetOptions,
    watchdog: Watchdog,
    signal: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const hasher = new MerkleHasher("blob");
    const received = new ByteCollector();
    for await (const piece of this.#pieces(endpoint, root, options, watchdog, signal)) {
      hasher.update(piece);
      received.add(piece);
    }
    if (hasher.root() !== root) {
      throw new StorageError("BLOB_DIGEST_MISMATCH", `The store serves other bytes, with the root ${hasher.root()}.`);
    }
    return received.take();
  }

  /** What an endpoint sends for a root, unchecked, as long as it is no more than allowed. */
  async *#pieces(
    endpoint: string,
    root: Bytes32,
    { maxBytes, onProgress }: GetOptions,
    watchdog: Watchdog,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const response = await this.#request(endpoint, root, "GET", signal);
    if (response.status !== 200) {
      await response.body?.cancel();
      throw refusal(headOf(response));
    }
    const total = contentLength(response);
    const tooLarge = () =>
      new StorageError("BLOB_TOO_LARGE", `The store sends more than the ${maxBytes} bytes allowed.`);
    if (total !== undefined && total > maxBytes) {
      await response.body?.cancel();
      throw tooLarge();
    }
    let done = 0;
    for await (const piece of bodyOf(response)) {
      watchdog.moved();
      done += piece.length;
      // Leaving the loop cancels the body.
      if (done > maxBytes) throw tooLarge();
      yield piece;
      onProgress?.(done, total);
    }
  }

  async #request(endpoint: string, root: Bytes32, method: "GET" | "HEAD", signal: AbortSignal): Promise<Response> {
    return this.#fetch(blobUrl(endpoint, root), {
      method,
      signal,
      redirect: "manual",
      credentials: "omit",
      referrerPolicy: "no-referrer",
    });
  }

  /** Asks one endpoint after the other, each several times while its failures are transient. */
  async #inTurn<T>(
    message: string,
    signal: AbortSignal | undefined,
    request: Request<T>,
    longest = Number.POSITIVE_INFINITY,
  ): Promise<T> {
    const failures: EndpointFailure[] = [];
    const end = Date.now() + this.#withinMs;
    for (const [i, endpoint] of this.#endpoints.entries()) {
      const endHere = Date.now() + (end - Date.now()) / (this.#endpoints.length - i);
      for (let attempt = 1; ; attempt++) {
        signal?.throwIfAborted();
        const most = Math.min(longest, endHere - Date.now());
        const outcome = await this.#attempt(endpoint, signal, request, most);
        if (!(outcome instanceof StorageError)) return outcome.value;
        const wait = waitFor(outcome, this.#backoffMs * 2 ** (attempt - 1));
        if (attempt < this.#attempts && isTransient(outcome) && Date.now() + wait < endHere) {
          await pause(wait, signal);
          continue;
        }
        failures.push({ endpoint, error: outcome });
        this.#onFailure({ endpoint, error: outcome });
        break;
      }
    }
    if (failures.every(({ error }) => error.code === "BLOB_NOT_FOUND")) throw failures[0].error;
    throw new BlobUnavailableError(message, failures);
  }

  async #attempt<T>(
    endpoint: string,
    signal: AbortSignal | undefined,
    request: Request<T>,
    most: number,
  ): Promise<{ value: T } | StorageError> {
    const watchdog = new Watchdog(this.#stallMs, most < LONGEST_TIMER ? Math.max(0, most) : undefined);
    const both = signal === undefined ? watchdog.signal : AbortSignal.any([signal, watchdog.signal]);
    try {
      return { value: await request(endpoint, watchdog, both) };
    } catch (cause) {
      signal?.throwIfAborted();
      if (watchdog.signal.aborted) return watchdog.signal.reason as StorageError;
      if (cause instanceof StorageError) return cause;
      return new EndpointError("ENDPOINT_UNREACHABLE", "The store could not be reached.", { transient: true, cause });
    } finally {
      watchdog.stop();
    }
  }
}

/** Timers take no more milliseconds: three weeks. */
const LONGEST_TIMER = 2 ** 31;

const OWN_FAULTS = new Set<string>(["STORAGE_FULL", "STORAGE_IO"]);

const isTransient = (error: StorageError): boolean =>
  error instanceof EndpointError ? error.transient : error.code === "TRANSFER_STALLED";

/** With jitter, so that many clients do not come back at once; never sooner than the endpoint asked. */
const waitFor = (error: StorageError, backoff: number): number =>
  Math.max(backoff * (0.5 + Math.random() / 2), error instanceof EndpointError ? (error.retryAfter ?? 0) : 0);

const headOf = (response: Response) => ({ status: response.status, retryAfter: response.headers.get("retry-after") });

function contentLength(response: Response): number | undefined {
  const header = response.headers.get("content-length");
  return header !== null && /^[0-9]{1,15}$/.test(header) && !response.headers.has("content-encoding")
    ? Number(header)
    : undefined;
}

/** Not every browser can iterate over a stream of a response. */
async function* bodyOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    // Ends the transfer when the loop was left early; does nothing at the end.
    await reader.cancel().catch(() => undefined);
  }
}

async function collect(source: Uint8Array | ByteStream, options: PutOptions): Promise<Uint8Array<ArrayBuffer>> {
  const most = options.maxBytes ?? Number.POSITIVE_INFINITY;
  // Bytes that are in memory already are sent from there: they may be most of what there is.
  if (source instanceof Uint8Array && source.buffer instanceof ArrayBuffer && source.length <= most)
    return source as Uint8Array<ArrayBuffer>;
  const collected = new ByteCollector();
  for await (const piece of pieces(source)) {
    options.signal?.throwIfAborted();
    if (collected.size + piece.length > most) {
      throw new StorageError("BLOB_TOO_LARGE", `The object has more than the ${most} bytes allowed.`);
    }
    collected.add(piece);
  }
  return collected.take();
}

/** Ends early when the signal aborts; the caller asks the signal. */
function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener("abort", end);
  });
}
