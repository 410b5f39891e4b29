/** Files that hold what only this person may read: new, mode 0600, whole or not there. */
import { open, rm, stat } from "node:fs/promises";

import { CliError } from "./errors.ts";

/**
 * Refuses a path that something is at already, before any work is done for it.
 *
 * @param code of the error, as `writeNewFile` throws it
 * @throws CliError
 */
export async function requireNewFile(code: string, file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found !== undefined) throw notWritten(code, file, { code: "EEXIST" });
}

/**
 * Writes a file that must not be there yet; one that cannot be written to its end is removed.
 *
 * @param code of the error
 * @param pieces of the file, in order
 * @throws CliError with the code
 */
export async function writeNewFile(code: string, file: string, pieces: readonly Uint8Array[]): Promise<void> {
  let isMine = false;
  try {
    const handle = await open(file, "wx", 0o600);
    isMine = true;
    try {
      for (const piece of pieces) await handle.writeFile(piece);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (isMine) await rm(file, { force: true });
    throw notWritten(code, file, cause);
  }
}

function notWritten(code: string, file: string, cause: unknown): CliError {
  const isThere = (cause as NodeJS.ErrnoException).code === "EEXIST";
  return new CliError(
    code,
    isThere ? `${file} is there already and was left as it is.` : `${file} could not be written.`,
    "Name a new file in a folder you can write to.",
    { cause },
  );
}
