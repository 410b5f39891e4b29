/** A vault in the browser's IndexedDB: one record, replaced inside one transaction. */
import { openDB, type DBSchema, type IDBPDatabase } from "idb";

import type { VaultStore } from "./store.ts";

interface VaultDatabase extends DBSchema {
  vault: { key: string; value: { bytes: Uint8Array; revision: string } };
}

const RECORD = "vault";

export class IndexedDbVaultStore implements VaultStore {
  readonly #database: Promise<IDBPDatabase<VaultDatabase>>;

  /** @param name of the database; one vault each */
  constructor(name = "cloakwork") {
    this.#database = openDB<VaultDatabase>(name, 1, {
      upgrade(database) {
        database.createObjectStore("vault");
      },
    });
  }

  async read(): ReturnType<VaultStore["read"]> {
    return (await this.#database).get("vault", RECORD);
  }

  async write(bytes: Uint8Array, expected: string | undefined): Promise<boolean> {
    const transaction = (await this.#database).transaction("vault", "readwrite", { durability: "strict" });
    const current = await transaction.store.get(RECORD);
    if (current?.revision !== expected) {
      await transaction.done;
      return false;
    }
    await transaction.store.put({ bytes, revision: crypto.randomUUID() }, RECORD);
    await transaction.done;
    return true;
  }

  /** Closes the connection, so that the database can be deleted. */
  async close(): Promise<void> {
    (await this.#database).close();
  }
}
