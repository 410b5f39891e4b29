/** A vault in a file, for Node only: mode 0600, replaced by rename after fsync, guarded by a lock file while it is written. */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";

import lockfile from "proper-lockfile";

import { VaultBusyError } from "./errors.ts";
import type { VaultStore } from "./store.ts";

const revisionOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

export class FileVaultStore implements VaultStore {
  readonly #file: string;

  /** @param file path of the vault; its folder is made (mode 0700) when it is missing */
  constructor(file: string) {
    this.#file = path.resolve(file);
  }

  async read(): ReturnType<VaultStore["read"]> {
    try {
      const bytes = new Uint8Array(await readFile(this.#file));
      return { bytes, revision: revisionOf(bytes) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  async write(bytes: Uint8Array, expected: string | undefined): Promise<boolean> {
    await mkdir(path.dirname(this.#file), { recursive: true, mode: 0o700 });
    const release = await this.#lock();
    try {
      if ((await this.read())?.revision !== expected) return false;
      await this.#replace(bytes);
      return true;
    } finally {
      await release();
    }
  }

  async #lock(): Promise<() => Promise<void>> {
    try {
      return await lockfile.lock(this.#file, {
        realpath: false,
        stale: 10_000,
        retries: { retries: 20, minTimeout: 20, maxTimeout: 250 },
      });
    } catch (cause) {
      throw new VaultBusyError({ cause });
    }
  }

  async #replace(bytes: Uint8Array): Promise<void> {
    const temporary = `${this.#file}.${randomUUID()}.tmp`;
    try {
      const handle = await open(temporary, "wx", 0o600);
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, this.#file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
}
