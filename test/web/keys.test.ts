import { readFile } from "node:fs/promises";

import { expect } from "chai";
import type { Page } from "playwright-core";

import { expectNoProblems, stage, visit, type Visit } from "./support/stage.ts";
import { createVault, PASSPHRASE, unlockVault } from "./support/steps.ts";

describe("web: the vault", function () {
  this.timeout(60_000);
  let open: Visit;
  let page: Page;

  before(async function () {
    this.timeout(240_000);
    await stage();
    open = await visit({ path: "/keys/" });
    ({ page } = open);
  });

  after(async () => {
    await open?.close();
  });

  const locked = () => page.getByText("The vault is locked");

  it("is made from here, locked, and unlocked again", async () => {
    await page.getByRole("button", { name: "Create or restore a vault" }).click();
    await createVault(page);
    await page.getByRole("heading", { name: "The vault is open" }).waitFor();
    await page.getByRole("button", { name: "Lock" }).click();
    await locked().waitFor();
    await page.getByRole("button", { name: "Unlock the vault" }).click();
    await unlockVault(page);
    await page.getByRole("heading", { name: "The vault is open" }).waitFor();
  });

  it("is locked after a reload", async () => {
    await page.reload();
    await locked().waitFor();
    await page.getByRole("button", { name: "Unlock the vault" }).click();
    await unlockVault(page);
  });

  it("is nothing but ciphertext in the browser's storage, and its passphrase is nowhere", async () => {
    const stored = await page.evaluate(async () => {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open("cloakwork");
        request.onsuccess = () => {
          resolve(request.result);
        };
        request.onerror = () => {
          reject(new Error("no database"));
        };
      });
      const record = await new Promise<{ bytes: Uint8Array }>((resolve) => {
        const request = database.transaction("vault").objectStore("vault").get("vault");
        request.onsuccess = () => {
          resolve(request.result as { bytes: Uint8Array });
        };
      });
      database.close();
      return { vault: new TextDecoder().decode(record.bytes), local: JSON.stringify(localStorage) };
    });
    expect(JSON.parse(stored.vault)).to.have.keys("format", "version", "kdf", "wrappedKey", "body");
    expect(stored.vault + stored.local)
      .to.not.contain(PASSPHRASE)
      .and.not.contain("keySets");
  });

  it("can be saved, deleted, and restored with its own passphrase only", async () => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save a backup" }).click(),
    ]);
    expect(download.suggestedFilename()).to.match(/^cloakwork-vault-\d{4}-\d\d-\d\d\.json$/);
    const backup = await readFile(await download.path());

    await page.getByRole("button", { name: "Delete the vault" }).click();
    const dialog = page.getByRole("dialog", { name: "Delete the vault?" });
    expect(await dialog.getByRole("button", { name: "Delete the vault" }).isDisabled()).to.equal(true);
    await dialog.getByLabel("Type “delete” to go on").fill("delete");
    await dialog.getByRole("button", { name: "Delete the vault" }).click();
    await page.getByText("There is no vault on this device yet").waitFor();

    await page.getByRole("button", { name: "Create or restore a vault" }).click();
    const [chooser] = await Promise.all([
      page.waitForEvent("filechooser"),
      page.getByRole("button", { name: "I have a backup" }).click(),
    ]);
    await chooser.setFiles({ name: "backup.json", mimeType: "application/json", buffer: backup });
    const restore = page.getByRole("dialog", { name: "Restore your vault" });
    await restore.getByLabel("Passphrase", { exact: true }).fill("some other words");
    await restore.getByRole("button", { name: "Restore", exact: true }).click();
    await restore.getByText("That passphrase does not open the vault.").waitFor();
    await restore.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await restore.getByRole("button", { name: "Restore", exact: true }).click();
    await page.getByRole("heading", { name: "The vault is open" }).waitFor();
  });

  it("refuses a file that is no backup, and stays as it was", async () => {
    const other = await visit({ path: "/keys/" });
    await other.page.getByRole("button", { name: "Create or restore a vault" }).click();
    const [chooser] = await Promise.all([
      other.page.waitForEvent("filechooser"),
      other.page.getByRole("button", { name: "I have a backup" }).click(),
    ]);
    await chooser.setFiles({ name: "notes.json", mimeType: "application/json", buffer: Buffer.from("{}") });
    const restore = other.page.getByRole("dialog", { name: "Restore your vault" });
    await restore.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await restore.getByRole("button", { name: "Restore", exact: true }).click();
    await restore.getByText("The vault cannot be read").waitFor();
    await other.page.keyboard.press("Escape");
    await other.page.getByText("There is no vault on this device yet").waitFor();
    await other.close();
  });

  it("said nothing in the console", () => {
    expectNoProblems(open);
  });
});
