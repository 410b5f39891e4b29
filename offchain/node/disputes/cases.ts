/**
 * The node's memory of answers that may be disputed, in SQLite: which ones it watches, and what it knows of its own part. Begun when an answer is on
 * chain, over when nothing about it can change any more.
 */
import type { DatabaseSync } from "node:sqlite";

import type { Hex } from "../../chain/types.ts";
import { openDatabase } from "../database.ts";

export type CaseState =
  /** On chain; may be audited or challenged. */
  | "watching"
  /** In dispute; may need this node's vote, or a push. */
  | "disputed"
  /** Over. */
  | "ended";

/** Whether this node looks into an answer on its own account. */
export type Looking = "no" | "wanted" | "done";

export interface Case {
  readonly requestId: bigint;
  readonly state: CaseState;
  /** Unix seconds by which the next step must be on chain; 0 when unknown. */
  readonly dueBy: number;
  readonly looking: Looking;
  /** Whether it is known if the answer is audited. */
  readonly auditKnown: boolean;
  /** This node's state digest at the drawn step, once it is known. */
  readonly stateDigest: Hex | undefined;
  /** What failed last or how it ended, for the operator. */
  readonly note: string;
}

interface Row {
  request_id: string;
  state: CaseState;
  due_by: number;
  looking: Looking;
  audit_known: number;
  state_digest: Hex | null;
  note: string;
}

const COLUMNS = "request_id, state, due_by, looking, audit_known, state_digest, note";

export class CaseStore implements Disposable {
  readonly #database: DatabaseSync;

  /** @param file path of the database, which others may use too; `:memory:` keeps it in memory */
  constructor(file: string) {
    this.#database = openDatabase(
      file,
      `
      CREATE TABLE IF NOT EXISTS cases (
        request_id TEXT PRIMARY KEY,
        state TEXT NOT NULL DEFAULT 'watching',
        due_by INTEGER NOT NULL,
        looking TEXT NOT NULL,
        audit_known INTEGER NOT NULL DEFAULT 0,
        state_digest TEXT,
        note TEXT NOT NULL DEFAULT ''
      ) STRICT;
      CREATE INDEX IF NOT EXISTS cases_by_state ON cases (state);
    `,
    );
  }

  /** Records an answer. One that is known already is left as it is. */
  add(requestId: bigint, dueBy: number, looking: Looking): void {
    this.#database
      .prepare("INSERT INTO cases (request_id, due_by, looking) VALUES (?, ?, ?) ON CONFLICT (request_id) DO NOTHING")
      .run(requestId.toString(), dueBy, looking);
  }

  /** Changes what is known of a case. */
  update(
    requestId: bigint,
    change: Partial<Pick<Case, "state" | "dueBy" | "looking" | "auditKnown" | "stateDigest" | "note">>,
  ): void {
    this.#database
      .prepare(
        `UPDATE cases SET state = coalesce(?, state), due_by = coalesce(?, due_by), looking = coalesce(?, looking),
           audit_known = coalesce(?, audit_known), state_digest = coalesce(?, state_digest), note = coalesce(?, note)
         WHERE request_id = ?`,
      )
      .run(
        change.state ?? null,
        change.dueBy ?? null,
        change.looking ?? null,
        change.auditKnown === undefined ? null : Number(change.auditKnown),
        change.stateDigest ?? null,
        change.note ?? null,
        requestId.toString(),
      );
  }

  forget(requestId: bigint): void {
    this.#database.prepare("DELETE FROM cases WHERE request_id = ?").run(requestId.toString());
  }

  get(requestId: bigint): Case | undefined {
    const row = this.#database.prepare(`SELECT ${COLUMNS} FROM cases WHERE request_id = ?`).get(requestId.toString());
    return row && fromRow(row as unknown as Row);
  }

  /** Cases that are not over, the most urgent first. */
  open(): Case[] {
    const rows = this.#database
      .prepare(`SELECT ${COLUMNS} FROM cases WHERE state <> 'ended' ORDER BY due_by, request_id`)
      .all();
    return rows.map((row) => fromRow(row as unknown as Row));
  }

  /** How many cases there are in each state. */
  counts(): Partial<Record<CaseState, number>> {
    const rows = this.#database.prepare("SELECT state, count(*) AS n FROM cases GROUP BY state").all() as unknown as {
      state: CaseState;
      n: number;
    }[];
    return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

function fromRow(row: Row): Case {
  return {
    requestId: BigInt(row.request_id),
    state: row.state,
    dueBy: row.due_by,
    looking: row.looking,
    auditKnown: row.audit_known === 1,
    stateDigest: row.state_digest ?? undefined,
    note: row.note,
  };
}
