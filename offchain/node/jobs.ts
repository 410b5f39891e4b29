/**
 * The node's memory of its duties, in SQLite: what was promised on chain survives a crash at any point.
 *
 * A job is one request this node may be drawn for. Its state is what this node has done; the chain says what is left to do. The result is stored before it is posted, so that a restart
 * posts it again instead of evaluating again.
 */
import type { DatabaseSync } from "node:sqlite";
import { openDatabase } from "./database.ts";

export type JobState =
  /** Asked of a version this node serves; nobody is drawn yet. */
  | "drawing"
  /** Drawn; input and keys are being fetched and checked. */
  | "assigned"
  /** Promised on chain; waits for evaluation. */
  | "accepted"
  /** The answer is stored here; waits to be posted, or committed to. */
  | "evaluated"
  /** One of several answers is committed to; waits until all are. */
  | "committed"
  /** It was told; waits for the others'. */
  | "revealed"
  /** On chain; waits for settlement. */
  | "posted"
  /** The input or the keys were refused on chain with a code; waits until the fee goes back. */
  | "rejected"
  /** What was answered is in dispute; waits for the verdict. */
  | "disputed"
  /** Over: settled, refunded, or given to another node. */
  | "ended";

export interface Job {
  readonly requestId: bigint;
  readonly state: JobState;
  /** Unix seconds by which the next step must be on chain. */
  readonly dueBy: number;
  /** Failed attempts at the current step. */
  readonly attempts: number;
  /** Why it ended or what failed last, for the operator. */
  readonly note: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

interface Row {
  request_id: string;
  state: JobState;
  due_by: number;
  attempts: number;
  note: string;
  created_at: number;
  updated_at: number;
}

const fromRow = (row: Row): Job => ({
  requestId: BigInt(row.request_id),
  state: row.state,
  dueBy: row.due_by,
  attempts: row.attempts,
  note: row.note,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const COLUMNS = "request_id, state, due_by, attempts, note, created_at, updated_at";

export class JobStore implements Disposable {
  readonly #database: DatabaseSync;

  /** @param file path of the database; `:memory:` keeps it in memory */
  constructor(file: string) {
    this.#database = openDatabase(
      file,
      `
      CREATE TABLE IF NOT EXISTS jobs (
        request_id TEXT PRIMARY KEY,
        state TEXT NOT NULL,
        due_by INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        note TEXT NOT NULL DEFAULT '',
        result BLOB,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, due_by);
      CREATE TABLE IF NOT EXISTS cursor (name TEXT PRIMARY KEY, block INTEGER NOT NULL) STRICT;
    `,
    );
  }

  /** Records a request this node may be drawn for. One that is known already is left as it is, ended ones included. */
  add(requestId: bigint, dueBy: number, now = Date.now()): void {
    this.#database
      .prepare(
        `INSERT INTO jobs (request_id, state, due_by, created_at, updated_at) VALUES (?, 'drawing', ?, ?, ?)
         ON CONFLICT (request_id) DO NOTHING`,
      )
      .run(requestId.toString(), dueBy, now, now);
  }

  /** Moves a job on and clears its failures. `result` is stored in the same write. */
  move(
    requestId: bigint,
    state: JobState,
    change: { dueBy?: number; result?: Uint8Array; note?: string } = {},
    now = Date.now(),
  ): void {
    this.#database
      .prepare(
        `UPDATE jobs SET state = ?, due_by = coalesce(?, due_by), result = coalesce(?, result), note = coalesce(?, ''), attempts = 0, updated_at = ?
         WHERE request_id = ?`,
      )
      .run(state, change.dueBy ?? null, change.result ?? null, change.note ?? null, now, requestId.toString());
  }

  /** Counts a failed attempt. @returns how many there are now */
  failed(requestId: bigint, note: string, now = Date.now()): number {
    const row = this.#database
      .prepare(
        "UPDATE jobs SET attempts = attempts + 1, note = ?, updated_at = ? WHERE request_id = ? RETURNING attempts",
      )
      .get(note, now, requestId.toString()) as { attempts: number } | undefined;
    return row?.attempts ?? 0;
  }

  get(requestId: bigint): Job | undefined {
    const row = this.#database.prepare(`SELECT ${COLUMNS} FROM jobs WHERE request_id = ?`).get(requestId.toString());
    return row ? fromRow(row as unknown as Row) : undefined;
  }

  result(requestId: bigint): Uint8Array | undefined {
    const row = this.#database.prepare("SELECT result FROM jobs WHERE request_id = ?").get(requestId.toString()) as
      | { result: Uint8Array | null }
      | undefined;
    return row?.result ?? undefined;
  }

  /** Jobs that are not over, the most urgent first. */
  open(): Job[] {
    const rows = this.#database
      .prepare(`SELECT ${COLUMNS} FROM jobs WHERE state <> 'ended' ORDER BY due_by, request_id`)
      .all();
    return rows.map((row) => fromRow(row as unknown as Row));
  }

  /** Jobs that ended before a time, Unix milliseconds, the oldest first. */
  endedBefore(time: number): bigint[] {
    const rows = this.#database
      .prepare("SELECT request_id FROM jobs WHERE state = 'ended' AND updated_at < ? ORDER BY updated_at")
      .all(time) as unknown as Pick<Row, "request_id">[];
    return rows.map((row) => BigInt(row.request_id));
  }

  forget(requestId: bigint): void {
    this.#database.prepare("DELETE FROM jobs WHERE request_id = ?").run(requestId.toString());
  }

  /** The newest jobs, for the operator to look at. */
  recent(limit: number): Job[] {
    const rows = this.#database.prepare(`SELECT ${COLUMNS} FROM jobs ORDER BY updated_at DESC LIMIT ?`).all(limit);
    return rows.map((row) => fromRow(row as unknown as Row));
  }

  /** How many jobs there are in each state. */
  counts(): Partial<Record<JobState, number>> {
    const rows = this.#database.prepare("SELECT state, count(*) AS n FROM jobs GROUP BY state").all() as unknown as {
      state: JobState;
      n: number;
    }[];
    return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
  }

  /** The last block whose events are all recorded, or undefined at first. */
  cursor(): number | undefined {
    const row = this.#database.prepare("SELECT block FROM cursor WHERE name = 'events'").get() as
      | { block: number }
      | undefined;
    return row?.block;
  }

  setCursor(block: number): void {
    this.#database
      .prepare(
        "INSERT INTO cursor (name, block) VALUES ('events', ?) ON CONFLICT (name) DO UPDATE SET block = excluded.block",
      )
      .run(block);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
