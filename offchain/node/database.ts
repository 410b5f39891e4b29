import { DatabaseSync } from "node:sqlite";

/**
 * Opens a database in which what was written survives a power cut.
 *
 * @param file its path; several may be open on one file. `:memory:` keeps it in memory
 * @param schema statements that make what is not there yet
 */
export function openDatabase(file: string, schema: string): DatabaseSync {
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${schema}`);
  return database;
}
