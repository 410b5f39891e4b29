/** The node's folder: made for its owner alone, probed for writing, and locked against a second daemon. */
import { access, constants, mkdir, realpath } from "node:fs/promises";
import path from "node:path";

import lockfile from "proper-lockfile";

import { DataFolderBusyError, DataFolderError } from "./errors.ts";

export interface DataFolder extends AsyncDisposable {
  readonly path: string;
  /** Path of a file or folder in it. */
  file(name: string): string;
}

/**
 * Opens and locks the folder. The lock is refreshed while the process lives and goes stale 20 s after it died.
 *
 * @param onLost called when the lock was lost (a suspended machine, a removed folder): the daemon must stop working
 * @throws DataFolderBusyError, DataFolderError
 */
export async function openDataFolder(folder: string, onLost: (reason: Error) => void): Promise<DataFolder> {
  const wanted = path.resolve(folder);
  let real: string;
  try {
    await mkdir(wanted, { recursive: true, mode: 0o700 });
    await access(wanted, constants.W_OK | constants.R_OK);
    real = await realpath(wanted);
  } catch (cause) {
    throw new DataFolderError(wanted, cause instanceof Error ? cause.message : "unknown reason", { cause });
  }
  let release: () => Promise<void>;
  try {
    release = await lockfile.lock(real, {
      lockfilePath: path.join(real, "node.lock"),
      stale: 20_000,
      update: 5_000,
      onCompromised: onLost,
    });
  } catch (cause) {
    if ((cause as { code?: string }).code === "ELOCKED") throw new DataFolderBusyError(wanted);
    throw new DataFolderError(wanted, cause instanceof Error ? cause.message : "unknown reason", { cause });
  }
  return {
    path: real,
    file: (name) => path.join(real, name),
    [Symbol.asyncDispose]: release,
  };
}
