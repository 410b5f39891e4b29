/**
 * Answers this node commits to before it may tell them, with their salts, in SQLite. Kept before the commitment is sent: who cannot reveal what it
 * committed to loses a part of its bond.
 *
 * An answer belongs to a request's binding, not to its number: after a reorganisation another request may have the same number.
 */
import type { DatabaseSync } from "node:sqlite";

import { newSalt } from "../chain/disputes.ts";
import { MAX_INLINE_BYTES, type Answer, type Hex } from "../chain/types.ts";
import { toHex, ZERO_HASH } from "../digest/hex.ts";
import { blobRoot } from "../digest/merkle.ts";
import { openDatabase } from "./database.ts";

/** As what the node commits: one of several that answer, a juror, a challenger. */
export type AnswerRole = "replica" | "juror" | "challenger";

/** An answer with the bytes of a result, inline or a blob, withheld by others or not; none for other kinds. */
export interface FullAnswer extends Answer {
  readonly data: Uint8Array;
}

export interface KeptAnswer extends FullAnswer {
  readonly salt: Hex;
}

const NOTHING = new Uint8Array(0);

/** Input or keys cannot be had: a juror's answer. */
export const UNAVAILABLE: FullAnswer = { kind: 3, size: 0, digest: ZERO_HASH, data: NOTHING };

/** The answer a result is. Its size alone says how it travels, so that all nodes say the same. */
export function resultAnswer(result: Uint8Array): FullAnswer {
  const kind = result.length > MAX_INLINE_BYTES ? 1 : 0;
  return { kind, size: result.length, digest: blobRoot(result), data: result };
}

/** The parser refuses. @param code 1 to 65,535 */
export function refusalAnswer(code: number): FullAnswer {
  return { kind: 2, size: code, digest: ZERO_HASH, data: NOTHING };
}

/** The result that is a blob is right, but nobody who gave it serves it: a juror's answer, which has the bytes. */
export function withheldAnswer(own: FullAnswer): FullAnswer {
  return { ...own, kind: 4 };
}

/** Whether an answer comes of an evaluation, whose state can be shown, and not of what could not be read or had. */
export function isEvaluated({ kind }: Answer): boolean {
  return kind !== 2 && kind !== 3;
}

interface Row {
  kind: Answer["kind"];
  size: number;
  digest: Hex;
  data: Uint8Array;
  salt: Hex;
}

export class AnswerStore implements Disposable {
  readonly #database: DatabaseSync;

  /** @param file path of the database, which others may use too; `:memory:` keeps it in memory */
  constructor(file: string) {
    this.#database = openDatabase(
      file,
      `
      CREATE TABLE IF NOT EXISTS answers (
        binding TEXT NOT NULL,
        role TEXT NOT NULL,
        kind INTEGER NOT NULL,
        size INTEGER NOT NULL,
        digest TEXT NOT NULL,
        data BLOB NOT NULL,
        salt TEXT NOT NULL,
        PRIMARY KEY (binding, role)
      ) STRICT;
    `,
    );
  }

  /** The answer kept for a binding, or undefined. */
  get(binding: Hex, role: AnswerRole): KeptAnswer | undefined {
    const row = this.#database
      .prepare("SELECT kind, size, digest, data, salt FROM answers WHERE binding = ? AND role = ?")
      .get(binding.toLowerCase(), role) as unknown as Row | undefined;
    return row && { kind: row.kind, size: row.size, digest: row.digest, data: row.data, salt: row.salt };
  }

  /** Keeps an answer under a new salt. One that is there already stays, because it may have been committed to. @returns the one kept */
  keep(binding: Hex, role: AnswerRole, { kind, size, digest, data }: FullAnswer): KeptAnswer {
    this.#database
      .prepare(
        `INSERT INTO answers (binding, role, kind, size, digest, data, salt) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (binding, role) DO NOTHING`,
      )
      .run(binding.toLowerCase(), role, kind, size, digest, data, newSalt());
    return this.get(binding, role)!;
  }

  /** Forgets what is kept for a binding, in every role. Nothing that was committed to can be revealed afterwards. */
  forget(binding: Hex): void {
    this.#database.prepare("DELETE FROM answers WHERE binding = ?").run(binding.toLowerCase());
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

/** The bytes a contract is sent with an answer. */
export function answerData({ kind, data }: FullAnswer): Hex {
  return kind === 0 ? toHex(data) : "0x";
}
