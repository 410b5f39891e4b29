/** Records of publications in a folder, for Node only: one file each, mode 0600, replaced by rename after fsync. */
import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";

import { bytes32, type Bytes32 } from "../digest/hex.ts";
import { decodeRecord, encodeRecord, type PublicationRecord, type PublicationRecords } from "./record.ts";

const NAME = /^[0-9a-f]{64}\.json$/;

export class RecordFiles implements PublicationRecords {
  readonly #folder: string;

  /** @param folder made (mode 0700) when it is missing */
  constructor(folder: string) {
    this.#folder = path.resolve(folder);
  }

  async read(fingerprint: Bytes32): Promise<PublicationRecord | undefined> {
    return this.#read(this.#file(fingerprint));
  }

  async write(record: PublicationRecord): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const temporary = path.join(this.#folder, `${randomUUID()}.tmp`);
    try {
      const handle = await open(temporary, "wx", 0o600);
      try {
        await handle.writeFile(encodeRecord(record));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, this.#file(record.fingerprint));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async list(): Promise<readonly PublicationRecord[]> {
    const names = await readdir(this.#folder).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    });
    const files = names.filter((name) => NAME.test(name)).map((name) => path.join(this.#folder, name));
    const records = await Promise.all(files.map((file) => this.#read(file)));
    return records.filter((record) => record !== undefined);
  }

  async #read(file: string): Promise<PublicationRecord | undefined> {
    let text: string;
    try {
      text = await readFile(file, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    return decodeRecord(text, file);
  }

  #file(fingerprint: Bytes32): string {
    return path.join(this.#folder, `${bytes32(fingerprint).slice(2)}.json`);
  }
}
