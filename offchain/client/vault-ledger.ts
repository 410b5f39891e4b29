import type { Bytes32 } from "../digest/hex.ts";
import type { ReleaseLedger } from "../fhe/result/released.ts";
import { keySetMissing } from "./errors.ts";
import type { Vault } from "./vault/vault.ts";

/** Counts releases in the vault, so that the count lives as long as the keys do. */
export class VaultLedger implements ReleaseLedger {
  readonly #vault: Vault;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  /** @throws ClientError `KEY_SET_NOT_IN_VAULT`; RangeError when the number is not a positive integer */
  async spend(keySet: Bytes32, values: number, budget: number): Promise<number | undefined> {
    if (!Number.isSafeInteger(values) || values < 1) throw new RangeError("a release has at least one value");
    let count: number | undefined;
    // The change may be made more than once: only what it found last counts.
    await this.#vault.update((contents) => {
      const stored = contents.keySets.find(({ id }) => id === keySet);
      if (stored === undefined) throw keySetMissing(keySet);
      const next = stored.releases + values;
      count = next <= budget ? next : undefined;
      if (count === undefined) return contents;
      return {
        ...contents,
        keySets: contents.keySets.map((other) => (other.id === keySet ? { ...other, releases: next } : other)),
      };
    });
    return count;
  }
}
