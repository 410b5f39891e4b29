import { expect } from "chai";

import { backupReminder, takeBackup } from "../../../offchain/client/backup.ts";
import { newKeySet } from "../../../offchain/client/key-secrets.ts";
import { ensureRecipientKey, openRecipientKey } from "../../../offchain/client/recipient-key.ts";
import { VaultLedger } from "../../../offchain/client/vault-ledger.ts";
import { Vault } from "../../../offchain/client/vault/vault.ts";
import { N8192_D6_S1 } from "../../../offchain/fhe/ckks/named-sets.ts";
import { failure } from "../sealing/helpers.ts";
import { MemoryStore } from "./world.ts";

const PASSPHRASE = "correct horse battery staple";

describe("VaultLedger", function () {
  this.timeout(30_000);
  let vault: Vault;
  let store: MemoryStore;
  const keySet = newKeySet(`0x${"11".repeat(20)}`, N8192_D6_S1.set);

  before(async () => {
    store = new MemoryStore();
    vault = await Vault.create(store, PASSPHRASE);
    await vault.putKeySet(keySet);
  });

  it("counts on, up to the budget and not beyond", async () => {
    const ledger = new VaultLedger(vault);
    expect(await ledger.spend(keySet.id, 10, 25)).to.equal(10);
    expect(await ledger.spend(keySet.id, 10, 25)).to.equal(20);
    expect(await ledger.spend(keySet.id, 6, 25)).to.equal(undefined);
    expect(await ledger.spend(keySet.id, 5, 25)).to.equal(25);
    expect((await vault.contents()).keySets[0].releases).to.equal(25);
  });

  it("never passes the budget when two processes release at once", async () => {
    const other = await Vault.open(store, PASSPHRASE);
    const ledgers = [new VaultLedger(vault), new VaultLedger(other)];
    const counts = await Promise.all(Array.from({ length: 6 }, (_, i) => ledgers[i % 2].spend(keySet.id, 5, 40)));
    expect(counts.filter((count) => count !== undefined)).to.have.length(3);
    expect((await vault.contents()).keySets[0].releases).to.equal(40);
  });

  it("refuses a key set it does not hold, and numbers of values that are none", async () => {
    const ledger = new VaultLedger(vault);
    await failure(ledger.spend(`0x${"22".repeat(32)}`, 1, 100), "KEY_SET_NOT_IN_VAULT");
    for (const values of [0, -5, 1.5, Number.NaN]) {
      expect(await ledger.spend(keySet.id, values, 100).catch((error: unknown) => error)).to.be.instanceOf(RangeError);
    }
  });

  it("is reminded of a backup until one was taken after the keys were made", async () => {
    expect(await backupReminder(vault)).to.deep.equal({ unsaved: 1, recipientKey: false, lastBackup: undefined });
    const backup = await takeBackup(vault);
    expect((await backupReminder(vault)).unsaved).to.equal(0);
    const restored = await Vault.restore(new MemoryStore(), backup, PASSPHRASE);
    expect((await restored.contents()).keySets).to.deep.equal((await vault.contents()).keySets);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await vault.putKeySet(newKeySet(keySet.owner, N8192_D6_S1.set));
    expect((await backupReminder(vault)).unsaved).to.equal(1);
  });

  it("holds one key for licences, whoever makes it first, and reminds of it", async () => {
    const other = await Vault.open(store, PASSPHRASE);
    await failure(openRecipientKey(vault), "RECIPIENT_KEY_MISSING");
    const made = await Promise.all([ensureRecipientKey(vault), ensureRecipientKey(other)]);
    expect(made.filter(({ created }) => created)).to.have.length(1);
    expect(made[0].publicKey.point).to.equal(made[1].publicKey.point);
    expect((await openRecipientKey(other)).publicKey.kid).to.equal(made[0].publicKey.kid);
    expect((await backupReminder(vault)).recipientKey).to.equal(true);
    const restored = await Vault.restore(new MemoryStore(), await takeBackup(vault), PASSPHRASE);
    expect((await backupReminder(vault)).recipientKey).to.equal(false);
    expect((await ensureRecipientKey(restored)).publicKey.point).to.equal(made[0].publicKey.point);
  });
});
