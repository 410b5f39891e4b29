/** What the file store asks of a disk, with coded errors; Node only. */
import type * as nodeFs from "node:fs/promises";

import { CloakworkError } from "../errors.ts";
import { StorageError } from "./errors.ts";

/** The part of node:fs/promises the store uses. */
export type FileSystem = Pick<typeof nodeFs, "open" | "rename" | "mkdir" | "rm" | "stat" | "readdir">;

const FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** The code of a system error, e.g. `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/**
 * Runs an operation on the disk.
 *
 * @param what past participle for the message: "The store could not be …"
 * @throws StorageError `STORAGE_FULL` when the disk is full, `STORAGE_IO` for other system errors; everything else as it is
 */
export async function onDisk<T>(what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    const code = systemCode(cause);
    if (code === undefined || cause instanceof CloakworkError) throw cause;
    if (FULL.has(code)) throw new StorageError("STORAGE_FULL", `The disk of the store is full (${code}).`, { cause });
    throw new StorageError("STORAGE_IO", `The store could not be ${what} (${code}).`, { cause });
  }
}

/** Bytes of a file, or undefined when there is none. */
export async function fileSize(fs: FileSystem, file: string): Promise<number | undefined> {
  try {
    return (await fs.stat(file)).size;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Makes a rename in a folder survive a power cut. Windows cannot sync folders and does not need it. */
export async function syncFolder(fs: FileSystem, folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await fs.open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
