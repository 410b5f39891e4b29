/** Blobs in a folder, for Node only. Written to a temporary file, synced, renamed to their root; checked on the way in and out. */
import { randomUUID } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import * as nodeFs from "node:fs/promises";
import path from "node:path";

import type { ByteStream } from "../digest/bytes.ts";
import { bytes32, isBytes32, type Bytes32 } from "../digest/hex.ts";
import { MerkleHasher } from "../digest/merkle.ts";
import { release } from "../digest/release.ts";
import { fileSize, onDisk, syncFolder, systemCode, type FileSystem } from "./disk.ts";
import { StorageError } from "./errors.ts";
import { Retention } from "./retention.ts";
import { pieces, type BlobStore, type GetOptions, type PutOptions, type StoredBlob } from "./store.ts";

export interface FileStoreOptions {
  /** Bytes all blobs together may take; without limit when omitted. */
  readonly quotaBytes?: number;
  /** Bytes one blob may have; without limit when omitted. */
  readonly maxBlobBytes?: number;
  /**
   * When the quota is reached, blobs nobody used for so long and nobody holds make room, the longest unused first. Without it nothing is
   * ever removed by itself.
   */
  readonly evictIdleMs?: number;
  /** node:fs/promises unless a test says otherwise. */
  readonly fs?: FileSystem;
}

/** A blob being read. */
export interface OpenedBlob {
  readonly size: number;
  /**
   * The bytes, to be read once; the file is closed at their end. Fails with `BLOB_CORRUPT` in place of the last piece when they do not have
   * their root, so that nobody ever holds all of a wrong blob.
   */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Closes the file when `bytes` is not read after all. May be called again. */
  readonly close: () => Promise<void>;
}

const READ_BYTES = 256 * 1024;

/** A temporary file nobody wrote to for this long was left by a process that died. */
const STALE_MS = 60 * 60 * 1000;

/** The last use of a blob is written to disk when the one written before is older than this. */
const USE_MS = 60 * 60 * 1000;

export class FileStore implements BlobStore {
  readonly #folder: string;
  readonly #fs: FileSystem;
  readonly #quota: number;
  readonly #maxBlob: number;
  readonly #retention: Retention;
  #used = 0;
  /** The last commit: renames and their bookkeeping happen one after the other. */
  #commits: Promise<unknown> = Promise.resolve();

  private constructor(folder: string, options: FileStoreOptions) {
    this.#folder = folder;
    this.#fs = options.fs ?? nodeFs;
    this.#quota = options.quotaBytes ?? Number.POSITIVE_INFINITY;
    this.#maxBlob = options.maxBlobBytes ?? Number.POSITIVE_INFINITY;
    this.#retention = new Retention(options.evictIdleMs ?? Number.POSITIVE_INFINITY);
  }

  /**
   * Opens a folder, makes it when it is missing, removes what interrupted puts left an hour ago or longer, and adds up what is there.
   *
   * @throws StorageError `STORAGE_FULL` or `STORAGE_IO`
   */
  static async open(folder: string, options: FileStoreOptions = {}): Promise<FileStore> {
    const store = new FileStore(path.resolve(folder), options);
    await onDisk("opened", async () => {
      for (const part of ["blobs", "tmp", "damaged"]) {
        await store.#fs.mkdir(path.join(store.#folder, part), { recursive: true });
      }
      await store.#removeStale();
      await store.#addUp();
    });
    return store;
  }

  /** Bytes of all blobs, and of those being written. */
  get usedBytes(): number {
    return this.#used;
  }

  async put(source: Uint8Array | ByteStream, options: PutOptions = {}): Promise<StoredBlob> {
    const temporary = path.join(this.#folder, "tmp", randomUUID());
    const hasher = new MerkleHasher("blob");
    let committed = false;
    try {
      const handle = await onDisk("written", () => this.#fs.open(temporary, "wx", 0o600));
      try {
        await this.#write(handle, source, hasher, options);
        await onDisk("written", () => handle.sync());
      } finally {
        await onDisk("written", () => handle.close());
      }
      const root = hasher.root();
      if (options.expected !== undefined && root !== options.expected) {
        throw new StorageError("BLOB_DIGEST_MISMATCH", `The bytes have the root ${root}, not ${options.expected}.`);
      }
      const created = await onDisk("written", () => this.#commit(temporary, root, hasher.size));
      committed = true;
      await onDisk("written", () => syncFolder(this.#fs, path.dirname(this.#place(root))));
      return { root, size: hasher.size, created };
    } finally {
      if (!committed) {
        this.#used -= hasher.size;
        // A failure here leaves a stale file for the next opening; the failure that led here is the one to report.
        await this.#fs.rm(temporary, { force: true }).catch(() => undefined);
      }
    }
  }

  async get(root: Bytes32, options: GetOptions): Promise<Uint8Array<ArrayBuffer>> {
    const { size, bytes } = await this.openBlob(root, options);
    const out = new Uint8Array(size);
    let filled = 0;
    for await (const piece of bytes) {
      out.set(piece, filled);
      filled += piece.length;
      release(piece);
      options.onProgress?.(filled, size);
    }
    return out;
  }

  /**
   * Opens a blob for streaming.
   *
   * @throws StorageError `BLOB_NOT_FOUND`, `BLOB_TOO_LARGE`, `STORAGE_IO`
   */
  async openBlob(root: Bytes32, options: GetOptions): Promise<OpenedBlob> {
    options.signal?.throwIfAborted();
    const handle = await onDisk("read", async () => {
      try {
        return await this.#fs.open(this.#place(root), "r");
      } catch (error) {
        if (systemCode(error) !== "ENOENT") throw error;
        throw new StorageError("BLOB_NOT_FOUND", `The store does not have ${root}.`);
      }
    });
    try {
      const { size } = await onDisk("read", () => handle.stat());
      if (size > options.maxBytes) {
        throw new StorageError(
          "BLOB_TOO_LARGE",
          `${root} has ${size} bytes, and at most ${options.maxBytes} are read.`,
        );
      }
      await this.#use(root, handle);
      return { size, bytes: this.#read(handle, root, size, options.signal), close: () => handle.close() };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async has(root: Bytes32): Promise<boolean> {
    return (await this.size(root)) !== undefined;
  }

  async size(root: Bytes32): Promise<number | undefined> {
    return onDisk("read", () => fileSize(this.#fs, this.#place(root)));
  }

  /**
   * Where the bytes of a blob are, for whoever reads parts of it and checks them by itself.
   *
   * @throws StorageError `BLOB_NOT_FOUND`, `STORAGE_IO`
   */
  async pathOf(root: Bytes32): Promise<string> {
    await (await this.openBlob(root, { maxBytes: Number.POSITIVE_INFINITY })).close();
    return this.#place(root);
  }

  /**
   * Reads a blob to its end; one that was changed on the disk is put aside.
   *
   * @throws StorageError `BLOB_CORRUPT`, `BLOB_NOT_FOUND`, `STORAGE_IO`
   */
  async verify(root: Bytes32): Promise<void> {
    const { bytes } = await this.openBlob(root, { maxBytes: Number.POSITIVE_INFINITY });
    for await (const piece of bytes) release(piece);
  }

  /** Keeps a blob until then at least, Unix milliseconds; one that is not there yet, once it is. A restart forgets it. */
  hold(root: Bytes32, until: number): void {
    this.#retention.hold(root, until);
  }

  /** Forgets a blob. @returns whether it was there */
  async remove(root: Bytes32): Promise<boolean> {
    return this.#inTurn(() => this.#takeAway(root, (place) => this.#fs.rm(place)));
  }

  async #write(
    handle: FileHandle,
    source: Uint8Array | ByteStream,
    hasher: MerkleHasher,
    options: PutOptions,
  ): Promise<void> {
    const most = Math.min(this.#maxBlob, options.maxBytes ?? Number.POSITIVE_INFINITY);
    const total = source instanceof Uint8Array ? source.length : undefined;
    for await (const piece of pieces(source)) {
      options.signal?.throwIfAborted();
      if (hasher.size + piece.length > most) {
        throw new StorageError("BLOB_TOO_LARGE", `The object has more than the ${most} bytes allowed.`);
      }
      if (this.#used + piece.length > this.#quota) await this.#makeRoom(this.#used + piece.length - this.#quota);
      if (this.#used + piece.length > this.#quota) {
        throw new StorageError("STORAGE_FULL", `The store is full: its quota is ${this.#quota} bytes.`);
      }
      // Counted before it is written, so that puts at the same time cannot pass the quota together.
      this.#used += piece.length;
      hasher.update(piece);
      await onDisk("written", () => handle.writeFile(piece));
      options.onProgress?.(hasher.size, total);
    }
    options.signal?.throwIfAborted();
  }

  /** Moves a whole file to its place. Replaces what is there, which mends a damaged copy. @returns whether it is new */
  #commit(temporary: string, root: Bytes32, size: number): Promise<boolean> {
    return this.#inTurn(async () => {
      const place = this.#place(root);
      await this.#fs.mkdir(path.dirname(place), { recursive: true });
      const before = await fileSize(this.#fs, place);
      await this.#fs.rename(temporary, place);
      this.#used -= before ?? 0;
      this.#retention.stored(root, size, Date.now());
      return before === undefined;
    });
  }

  async *#read(
    handle: FileHandle,
    root: Bytes32,
    size: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array> {
    const hasher = new MerkleHasher("blob");
    let held: Uint8Array | undefined;
    try {
      while (hasher.size < size) {
        signal?.throwIfAborted();
        const piece = new Uint8Array(Math.min(READ_BYTES, size - hasher.size));
        const { bytesRead } = await onDisk("read", () => handle.read(piece, 0, piece.length));
        if (bytesRead === 0) break;
        if (held !== undefined) yield held;
        held = piece.subarray(0, bytesRead);
        hasher.update(held);
      }
      if (hasher.root() !== root) {
        // It must not be served again, and may be wanted by whoever looks into the damage.
        const aside = path.join(this.#folder, "damaged", root.slice(2));
        await this.#inTurn(() => this.#takeAway(root, (place) => this.#fs.rename(place, aside)));
        throw new StorageError("BLOB_CORRUPT", `The stored bytes of ${root} were changed on disk.`);
      }
      if (held !== undefined) yield held;
    } finally {
      await handle.close();
    }
  }

  async #takeAway(root: Bytes32, how: (place: string) => Promise<void>): Promise<boolean> {
    return onDisk("changed", async () => {
      const place = this.#place(root);
      const size = await fileSize(this.#fs, place);
      if (size === undefined) return false;
      await how(place);
      this.#used -= size;
      this.#retention.gone(root);
      return true;
    });
  }

  /** Removes what may go, if that is enough. */
  async #makeRoom(bytes: number): Promise<void> {
    for (const root of this.#retention.removable(bytes, Date.now())) await this.remove(root);
  }

  async #use(root: Bytes32, handle: FileHandle): Promise<void> {
    const now = Date.now();
    // What cannot be written down is only forgotten by the next start.
    if (this.#retention.used(root, now) > USE_MS) await handle.utimes(now / 1000, now / 1000).catch(() => undefined);
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#commits.then(run);
    this.#commits = turn.catch(() => undefined);
    return turn;
  }

  /** @throws HexFormatError when the root is not 32 bytes of hexadecimal: nothing else gets near a path */
  #place(root: Bytes32): string {
    const name = bytes32(root).slice(2);
    return path.join(this.#folder, "blobs", name.slice(0, 2), name);
  }

  async #removeStale(): Promise<void> {
    const folder = path.join(this.#folder, "tmp");
    for (const name of await this.#fs.readdir(folder)) {
      const file = path.join(folder, name);
      if (Date.now() - (await this.#fs.stat(file)).mtimeMs > STALE_MS) await this.#fs.rm(file, { force: true });
    }
  }

  async #addUp(): Promise<void> {
    const folder = path.join(this.#folder, "blobs");
    const found: { root: Bytes32; size: number; usedAt: number }[] = [];
    for (const shard of await this.#fs.readdir(folder)) {
      for (const name of await this.#fs.readdir(path.join(folder, shard))) {
        const root = `0x${name}`;
        if (!isBytes32(root)) continue;
        const { size, mtimeMs } = await this.#fs.stat(path.join(folder, shard, name));
        found.push({ root, size, usedAt: mtimeMs });
        this.#used += size;
      }
    }
    this.#retention.begin(found);
  }
}
