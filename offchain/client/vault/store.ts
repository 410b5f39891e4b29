/** Where a vault's sealed bytes are kept. It never sees a passphrase or a key. */
export interface VaultStore {
  /** @returns the bytes with a revision that changes at every write, or undefined when there are none */
  read(): Promise<{ readonly bytes: Uint8Array; readonly revision: string } | undefined>;
  /**
   * Replaces the bytes as a whole, or not at all.
   *
   * @param bytes the sealed vault
   * @param expected the revision that must still stand there; undefined when there must be nothing
   * @returns true when written, false when somebody else wrote in between (nothing was changed)
   */
  write(bytes: Uint8Array, expected: string | undefined): Promise<boolean>;
}
