/** The vault, where its secrets stay: opened, used and locked in the worker, and never shown to the page. */
import { IndexedDbVaultStore } from "../../offchain/client/vault/indexeddb-store.ts";
import { VaultLockedError } from "../../offchain/client/vault/errors.ts";
import { Vault } from "../../offchain/client/vault/vault.ts";
import type { CallContext } from "./protocol.ts";

const DATABASE = "cloakwork";

export type VaultStatus = "missing" | "locked" | "open";

/** Part of the key derivation done, 0 to 1. */
type Fraction = CallContext<number>;

export class VaultRoom {
  #store: IndexedDbVaultStore | undefined;
  #vault: Vault | undefined;

  /** The open vault. @throws VaultLockedError */
  get vault(): Vault {
    if (this.#vault === undefined || this.#vault.locked) throw new VaultLockedError();
    return this.#vault;
  }

  get isOpen(): boolean {
    return this.#vault?.locked === false;
  }

  async status(): Promise<VaultStatus> {
    if (this.isOpen) return "open";
    return (await Vault.exists(this.#open())) ? "locked" : "missing";
  }

  async create(passphrase: string, { progress }: Fraction): Promise<void> {
    this.#vault = await Vault.create(this.#open(), passphrase, { onProgress: progress });
  }

  async unlock(passphrase: string, { progress }: Fraction): Promise<void> {
    this.#vault = await Vault.open(this.#open(), passphrase, { onProgress: progress });
  }

  async restore(backup: Uint8Array, passphrase: string, { progress }: Fraction): Promise<void> {
    this.#vault = await Vault.restore(this.#open(), backup, passphrase, { onProgress: progress });
  }

  lock(): void {
    this.#vault?.lock();
    this.#vault = undefined;
  }

  /** Deletes the vault with everything in it. What was encrypted under its keys stays closed for good. */
  async destroy(): Promise<void> {
    this.lock();
    await this.#store?.close();
    this.#store = undefined;
    await new Promise<void>((resolve, reject) => {
      const request = indexedDB.deleteDatabase(DATABASE);
      request.onsuccess = () => {
        resolve();
      };
      request.onerror = () => {
        reject(request.error ?? new Error("the vault could not be deleted"));
      };
    });
  }

  #open(): IndexedDbVaultStore {
    return (this.#store ??= new IndexedDbVaultStore(DATABASE));
  }
}
