/** The wallet user's vault: key sets and open requests, encrypted at rest, one whole write a change. */
import { EMPTY_VAULT, type StoredKeySet, type StoredRequest, type VaultContents } from "./contents.ts";
import {
  VaultBusyError,
  VaultExistsError,
  VaultLockedError,
  VaultMissingError,
  WeakPassphraseError,
} from "./errors.ts";
import type { KdfProgress } from "./scrypt.ts";
import { newVaultKey, openVault, openVaultKey, sealVault, type VaultKey } from "./seal.ts";
import type { VaultStore } from "./store.ts";

/** Fewest characters (UTF-16 units) of a passphrase. */
export const MIN_PASSPHRASE = 8;
const WRITE_ATTEMPTS = 8;

export interface OpenOptions {
  /** Key derivation takes about a second; called with the part done, 0 … 1. */
  readonly onProgress?: KdfProgress;
}

export class Vault {
  readonly #store: VaultStore;
  #key: VaultKey | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(store: VaultStore, key: VaultKey) {
    this.#store = store;
    this.#key = key;
  }

  /** True when there is a vault to open. */
  static async exists(store: VaultStore): Promise<boolean> {
    return (await store.read()) !== undefined;
  }

  /**
   * Creates an empty vault.
   *
   * @param passphrase at least `MIN_PASSPHRASE` characters
   * @throws VaultExistsError, WeakPassphraseError
   */
  static async create(store: VaultStore, passphrase: string, { onProgress }: OpenOptions = {}): Promise<Vault> {
    if (passphrase.length < MIN_PASSPHRASE) throw new WeakPassphraseError(MIN_PASSPHRASE);
    if (await Vault.exists(store)) throw new VaultExistsError();
    const key = await newVaultKey(passphrase, onProgress);
    if (!(await store.write(await sealVault(key, EMPTY_VAULT), undefined))) throw new VaultExistsError();
    return new Vault(store, key);
  }

  /** @throws VaultMissingError, WrongPassphraseError, VaultDamagedError */
  static async open(store: VaultStore, passphrase: string, { onProgress }: OpenOptions = {}): Promise<Vault> {
    const found = await store.read();
    if (!found) throw new VaultMissingError();
    const key = await openVaultKey(found.bytes, passphrase, onProgress);
    await openVault(key, found.bytes);
    return new Vault(store, key);
  }

  /**
   * Puts a backup in the place of a missing vault, after it was opened with its passphrase.
   *
   * @throws VaultExistsError, WrongPassphraseError, VaultDamagedError
   */
  static async restore(
    store: VaultStore,
    backup: Uint8Array,
    passphrase: string,
    { onProgress }: OpenOptions = {},
  ): Promise<Vault> {
    const key = await openVaultKey(backup, passphrase, onProgress);
    await openVault(key, backup);
    if (!(await store.write(backup, undefined))) throw new VaultExistsError();
    return new Vault(store, key);
  }

  /** The sealed bytes as they are stored: as safe to keep as the passphrase is strong. */
  async backup(): Promise<Uint8Array> {
    this.#unlocked();
    const found = await this.#store.read();
    if (!found) throw new VaultMissingError();
    return found.bytes;
  }

  /** Forgets the key. Everything but `lock` throws VaultLockedError from now on. */
  lock(): void {
    this.#key = undefined;
  }

  get locked(): boolean {
    return this.#key === undefined;
  }

  /** Reads the vault as it stands now, changes of other tabs and processes included. */
  async contents(): Promise<VaultContents> {
    const key = this.#unlocked();
    const found = await this.#store.read();
    if (!found) throw new VaultMissingError();
    return openVault(key, found.bytes);
  }

  /**
   * Changes the contents. Changes of this process wait for each other; one that meets a foreign change is made again on top of it.
   *
   * @param change gives the new contents from those that stand there; may be called more than once
   * @throws VaultBusyError when others keep writing
   */
  update(change: (contents: VaultContents) => VaultContents): Promise<VaultContents> {
    const done = this.#queue.then(() => this.#update(change));
    this.#queue = done.catch(() => undefined);
    return done;
  }

  async #update(change: (contents: VaultContents) => VaultContents): Promise<VaultContents> {
    const key = this.#unlocked();
    for (let attempt = 0; attempt < WRITE_ATTEMPTS; attempt++) {
      const found = await this.#store.read();
      if (!found) throw new VaultMissingError();
      const changed = change(await openVault(key, found.bytes));
      if (await this.#store.write(await sealVault(key, changed), found.revision)) return changed;
    }
    throw new VaultBusyError();
  }

  /** Adds a key set, or replaces the one with the same id. */
  putKeySet(keySet: StoredKeySet): Promise<VaultContents> {
    return this.update((contents) => ({
      ...contents,
      keySets: [...contents.keySets.filter(({ id }) => id !== keySet.id), keySet],
    }));
  }

  /** Adds a request, or replaces the one with the same input. An input is used by one request only. */
  putRequest(request: StoredRequest): Promise<VaultContents> {
    return this.update((contents) => ({
      ...contents,
      requests: [...contents.requests.filter(({ inputRoot }) => inputRoot !== request.inputRoot), request],
    }));
  }

  #unlocked(): VaultKey {
    if (!this.#key) throw new VaultLockedError();
    return this.#key;
  }
}
