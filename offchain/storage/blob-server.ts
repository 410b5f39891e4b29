/** Serves a file store over HTTP, as a fastify plugin: GET, HEAD and PUT /blobs/<root>. Node only. */
import { Readable } from "node:stream";

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import { isBytes32, type Bytes32 } from "../digest/hex.ts";
import { CloakworkError } from "../errors.ts";
import { StorageError, type StorageErrorCode } from "./errors.ts";
import type { FileStore } from "./file-store.ts";
import { clientOf, RateLimit } from "./rate-limit.ts";
import { Watchdog } from "./watchdog.ts";

export interface BlobServerOptions {
  readonly store: FileStore;
  /** Bytes one upload may have. */
  readonly maxBytes: number;
  /** Bytes a client may upload a minute; at least `maxBytes`. */
  readonly uploadBytesPerMinute: number;
  /** Bytes a client may download a minute; at least `maxBytes`. */
  readonly downloadBytesPerMinute: number;
  /** Uploads at the same time, all clients together. */
  readonly concurrentUploads: number;
  /** A transfer ends when nothing moved for this long; 20 s when omitted. */
  readonly stallMs?: number;
}

const STATUS: Readonly<Partial<Record<StorageErrorCode, number>>> = {
  BLOB_NOT_FOUND: 404,
  // To a client a damaged copy is as good as none; the operator reads of it in the log.
  BLOB_CORRUPT: 404,
  BLOB_TOO_LARGE: 413,
  BLOB_DIGEST_MISMATCH: 422,
  STORAGE_FULL: 507,
  TRANSFER_STALLED: 408,
};

/** Blobs are public and named by their content: any page may read them, any cache may keep them, nothing may run them. */
const COMMON_HEADERS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "content-length, retry-after",
  "cross-origin-resource-policy": "cross-origin",
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; sandbox",
} as const;

const BLOB_HEADERS = {
  "content-type": "application/octet-stream",
  "content-disposition": "attachment",
  "cache-control": "public, max-age=31536000, immutable",
} as const;

const PREFLIGHT_HEADERS = {
  "access-control-allow-methods": "GET, HEAD, PUT",
  "access-control-allow-headers": "content-type",
  "access-control-max-age": "86400",
} as const;

/** A client slower than this, on the whole, is let go: 16 kB/s. */
const MIN_BYTES_PER_MS = 16;

/** Uploads of one client at the same time, so that one alone cannot hold all there are. */
const UPLOADS_PER_CLIENT = 4;

type BlobRequest = FastifyRequest<{ Params: { root: string } }>;

/** A refusal that has nothing to do with the store. */
class RequestRefused extends CloakworkError {
  readonly status: number;

  constructor(status: number, code: string, message: string, next: string) {
    super(code, message, next);
    this.status = status;
  }
}

/**
 * The plugin. Whoever makes the fastify instance decides about `trustProxy`, from which a client's address follows.
 *
 * Fails with a RangeError when a limit a minute is below `maxBytes`, so that some blobs could never pass
 */
export function blobServer(app: FastifyInstance, options: BlobServerOptions, done: (error?: Error) => void): void {
  const { store, maxBytes } = options;
  if (options.uploadBytesPerMinute < maxBytes || options.downloadBytesPerMinute < maxBytes) {
    done(new RangeError("a client must be able to move one blob a minute"));
    return;
  }
  const uploads = new RateLimit(options.uploadBytesPerMinute);
  const downloads = new RateLimit(options.downloadBytesPerMinute);
  const stallMs = options.stallMs ?? 20_000;
  const uploading = new Map<string, number>();

  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/octet-stream", (_request, payload, parsed) => {
    parsed(null, payload);
  });
  app.addHook("onRequest", (_request, reply, done) => {
    reply.headers(COMMON_HEADERS);
    done();
  });
  app.setErrorHandler((error, request, reply) => refuse(error, request, reply));

  app.options("/blobs/:root", async (_request, reply) => reply.headers(PREFLIGHT_HEADERS).status(204).send());

  app.head("/blobs/:root", async (request: BlobRequest, reply) => {
    const size = await store.size(rootOf(request));
    if (size === undefined) return reply.status(404).send();
    return reply.headers({ ...BLOB_HEADERS, "content-length": size }).send();
  });

  app.get("/blobs/:root", { exposeHeadRoute: false }, async (request: BlobRequest, reply) => {
    const { size, bytes, close } = await store.openBlob(rootOf(request), { maxBytes: Number.POSITIVE_INFINITY });
    try {
      throttle(downloads, request, Math.min(size, options.downloadBytesPerMinute), reply);
    } catch (error) {
      await close();
      throw error;
    }
    // A client that does not read must not keep the file open.
    reply.raw.setTimeout(stallMs, () => reply.raw.destroy());
    // A blob that turns out damaged breaks the connection off before its last piece.
    const deadline = setTimeout(() => reply.raw.destroy(), stallMs + size / MIN_BYTES_PER_MS);
    const body = Readable.from(bytes).once("close", () => {
      clearTimeout(deadline);
      void close();
    });
    return reply.headers({ ...BLOB_HEADERS, "content-length": size }).send(body);
  });

  app.put("/blobs/:root", async (request: BlobRequest, reply) => {
    const root = rootOf(request);
    const size = announcedSize(request);
    if (size > maxBytes) {
      throw new StorageError("BLOB_TOO_LARGE", `The object has ${size} bytes, and at most ${maxBytes} are taken.`);
    }
    const client = clientOf(request.ip);
    const mine = uploading.get(client) ?? 0;
    const all = [...uploading.values()].reduce((sum, count) => sum + count, 0);
    if (all >= options.concurrentUploads || mine >= UPLOADS_PER_CLIENT) {
      reply.header("retry-after", "2");
      throw new RequestRefused(503, "SERVER_BUSY", "Too many uploads are under way.", "Try again in a few seconds.");
    }
    throttle(uploads, request, size, reply);
    uploading.set(client, mine + 1);
    const watchdog = new Watchdog(stallMs, stallMs + size / MIN_BYTES_PER_MS);
    watchdog.signal.addEventListener("abort", () => request.raw.destroy(watchdog.signal.reason as Error));
    try {
      const onProgress = () => {
        watchdog.moved();
      };
      const stored = await store.put(request.raw, { maxBytes, expected: root, onProgress });
      return await reply.status(stored.created ? 201 : 200).send({ root: stored.root, size: stored.size });
    } finally {
      watchdog.stop();
      const left = uploading.get(client)! - 1;
      if (left === 0) uploading.delete(client);
      else uploading.set(client, left);
    }
  });
  done();
}

function rootOf({ params }: BlobRequest): Bytes32 {
  if (isBytes32(params.root)) return params.root;
  throw new RequestRefused(400, "BAD_ROOT", "The path does not name a blob.", "Write 0x and 64 lower-case digits.");
}

function announcedSize({ headers }: FastifyRequest): number {
  const header = headers["content-length"];
  if (header !== undefined && /^[0-9]{1,15}$/.test(header)) return Number(header);
  throw new RequestRefused(411, "LENGTH_REQUIRED", "The upload has no length.", "Send a Content-Length.");
}

function throttle(limit: RateLimit, request: FastifyRequest, bytes: number, reply: FastifyReply): void {
  const seconds = limit.take(request.ip, bytes);
  if (seconds === 0) return;
  reply.header("retry-after", String(seconds));
  throw new RequestRefused(429, "TOO_MANY_BYTES", "This client moved too many bytes.", `Try again in ${seconds} s.`);
}

function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // What was not read of an upload is not waited for.
  if (request.method === "PUT") reply.header("connection", "close");
  const status =
    error instanceof RequestRefused
      ? error.status
      : error instanceof StorageError
        ? (STATUS[error.code] ?? 500)
        : ((error as { statusCode?: number }).statusCode ?? 500);
  if (status >= 500 || (error instanceof StorageError && error.code === "BLOB_CORRUPT")) request.log.error(error);
  // What the disk said stays in the log.
  const known = error instanceof CloakworkError && status !== 500;
  const { code, message, next } = known
    ? error
    : { code: "REQUEST_FAILED", message: "The request could not be answered.", next: "Try again later." };
  return reply
    .header("cache-control", "no-store")
    .type("application/json")
    .status(status)
    .send({ code, message, next });
}
