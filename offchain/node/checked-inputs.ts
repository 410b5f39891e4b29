/**
 * Inputs of batches that were checked, in SQLite: one is checked once, whoever asks for it next, an evaluation, a replica's answer, a juror's, and whether the
 * node was started again since or not. A row is 32 bytes a ciphertext, 25 kB for a full batch of the digits model.
 */
import type { DatabaseSync } from "node:sqlite";

import type { Bytes32 } from "../digest/hex.ts";
import { openDatabase } from "./database.ts";

/** What a check was of: another plan, other keys, other bytes or another root are another check. */
export interface CheckedInput {
  readonly planDigest: Bytes32;
  readonly keySetId: Bytes32;
  readonly blobRoot: Bytes32;
  readonly residuesRoot: Bytes32;
}

export class CheckedInputs implements Disposable {
  readonly #database: DatabaseSync;

  /** @param file path of the database, which others may use too; `:memory:` keeps it in memory */
  constructor(file: string) {
    this.#database = openDatabase(
      file,
      `
      CREATE TABLE IF NOT EXISTS checked_inputs (
        name TEXT NOT NULL PRIMARY KEY,
        digests BLOB NOT NULL,
        until INTEGER NOT NULL
      ) STRICT;
    `,
    );
  }

  /** The digests of its ciphertexts (`Verdict`) when it passed a check. */
  get(input: CheckedInput): Uint8Array | undefined {
    const row = this.#database.prepare("SELECT digests FROM checked_inputs WHERE name = ?").get(nameOf(input));
    return row?.["digests"] as Uint8Array | undefined;
  }

  /** Keeps that an input passed, until then at least, Unix milliseconds, and forgets those whose time is over. */
  keep(input: CheckedInput, digests: Uint8Array, until: number, now = Date.now()): void {
    this.#database.prepare("DELETE FROM checked_inputs WHERE until < ?").run(now);
    this.#database
      .prepare(
        `INSERT INTO checked_inputs (name, digests, until) VALUES (?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET digests = excluded.digests, until = max(until, excluded.until)`,
      )
      .run(nameOf(input), digests, until);
  }

  /** Has an input checked anew when it is needed next. */
  forget(input: CheckedInput): void {
    this.#database.prepare("DELETE FROM checked_inputs WHERE name = ?").run(nameOf(input));
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

function nameOf({ planDigest, keySetId, blobRoot, residuesRoot }: CheckedInput): string {
  return [planDigest, keySetId, blobRoot, residuesRoot].join("/");
}
