import { expect } from "chai";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { base64url } from "jose";

import type { StoredKeySet } from "../../../offchain/client/vault/contents.ts";
import { FileVaultStore } from "../../../offchain/client/vault/file-store.ts";
import type { VaultStore } from "../../../offchain/client/vault/store.ts";
import { Vault } from "../../../offchain/client/vault/vault.ts";
import { CloakworkError } from "../../../offchain/errors.ts";

const PASSPHRASE = "correct horse battery staple";

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof CloakworkError) return error.code;
    throw error;
  }
  return "accepted";
}

const keySet = (byte: string): StoredKeySet => ({
  id: `0x${byte.repeat(32)}`,
  owner: `0x${"11".repeat(20)}`,
  salt: `0x${"22".repeat(32)}`,
  paramsDigest: `0x${"33".repeat(32)}`,
  paramsId: "n8192-d6-s1",
  secrets: "c2VjcmV0IG1hdGVyaWFs",
  packs: [],
  registered: [],
  releases: 0,
  createdAt: "2026-01-01T00:00:00.000Z",
});

describe("Vault", function () {
  this.timeout(60_000);
  let folder: string;
  let file: string;
  let vault: Vault;
  let store: VaultStore;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "cloakwork-vault-"));
    file = path.join(folder, "deep", "vault.json");
    store = new FileVaultStore(file);
    vault = await Vault.create(store, PASSPHRASE);
    await vault.putKeySet(keySet("aa"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("gives back what was put in, after it was closed and opened again", async () => {
    const again = await Vault.open(new FileVaultStore(file), PASSPHRASE);
    expect((await again.contents()).keySets).to.deep.equal([keySet("aa")]);
  });

  it("keeps the file for its owner alone, with nothing readable in it and no temporary beside it", async () => {
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    const text = await readFile(file, "utf8");
    for (const plain of [PASSPHRASE, keySet("aa").secrets, keySet("aa").id, keySet("aa").owner])
      expect(text).not.to.include(plain);
    expect(await readdir(path.dirname(file))).to.deep.equal(["vault.json"]);
  });

  it("refuses a wrong passphrase and leaves the file as it was", async () => {
    const before = await readFile(file);
    expect(await refusal(Vault.open(store, `${PASSPHRASE}!`))).to.equal("VAULT_WRONG_PASSPHRASE");
    expect(await readFile(file)).to.deep.equal(before);
  });

  it("takes a passphrase however its accents were composed", async () => {
    const other = new FileVaultStore(path.join(folder, "accents.json"));
    await Vault.create(other, "sch\u00f6ne Gr\u00fc\u00dfe");
    expect((await Vault.open(other, "scho\u0308ne Gru\u0308\u00dfe")).locked).to.equal(false);
  });

  it("refuses a short passphrase, and a second vault over the first", async () => {
    expect(await refusal(Vault.create(new FileVaultStore(path.join(folder, "short.json")), "1234567"))).to.equal(
      "VAULT_WEAK_PASSPHRASE",
    );
    expect(await refusal(Vault.create(store, PASSPHRASE))).to.equal("VAULT_EXISTS");
  });

  it("says when there is no vault", async () => {
    expect(await refusal(Vault.open(new FileVaultStore(path.join(folder, "none.json")), PASSPHRASE))).to.equal(
      "VAULT_MISSING",
    );
  });

  it("notices every kind of damage", async () => {
    const sealed = JSON.parse(await readFile(file, "utf8")) as {
      body: string;
      wrappedKey: string;
      kdf: { N: number; salt: string };
    };
    const flip = (base64: string) => {
      const bytes = base64url.decode(base64);
      bytes[20] ^= 1;
      return base64url.encode(bytes);
    };
    const cases: [string, object | string, string][] = [
      ["a changed body", { ...sealed, body: flip(sealed.body) }, "VAULT_DAMAGED"],
      ["a body cut short", { ...sealed, body: sealed.body.slice(0, 8) }, "VAULT_DAMAGED"],
      ["a changed wrapped key", { ...sealed, wrappedKey: flip(sealed.wrappedKey) }, "VAULT_WRONG_PASSPHRASE"],
      ["cheaper key derivation", { ...sealed, kdf: { ...sealed.kdf, N: 2 } }, "VAULT_DAMAGED"],
      ["another salt", { ...sealed, kdf: { ...sealed.kdf, salt: flip(sealed.kdf.salt) } }, "VAULT_WRONG_PASSPHRASE"],
      ["no JSON", "{", "VAULT_DAMAGED"],
      ["nothing", "", "VAULT_DAMAGED"],
    ];
    for (const [name, bytes, code] of cases) {
      const damaged = path.join(folder, "damaged.json");
      await writeFile(damaged, typeof bytes === "string" ? bytes : JSON.stringify(bytes));
      expect(await refusal(Vault.open(new FileVaultStore(damaged), PASSPHRASE)), name).to.equal(code);
    }
  });

  it("loses no change when two processes write at once", async () => {
    const other = await Vault.open(new FileVaultStore(file), PASSPHRASE);
    const ids = ["b0", "b1", "b2", "b3", "b4", "b5"];
    await Promise.all(ids.map((id, i) => (i % 2 ? vault : other).putKeySet(keySet(id))));
    const found = (await vault.contents()).keySets.map(({ id }) => id.slice(2, 4));
    expect(found).to.include.members(["aa", ...ids]);
  });

  it("restores a backup where there is no vault, and only with its passphrase", async () => {
    const backup = await vault.backup();
    const empty = new FileVaultStore(path.join(folder, "restored.json"));
    expect(await refusal(Vault.restore(empty, backup, "another passphrase"))).to.equal("VAULT_WRONG_PASSPHRASE");
    const restored = await Vault.restore(empty, backup, PASSPHRASE);
    expect(await restored.contents()).to.deep.equal(await vault.contents());
    expect(await refusal(Vault.restore(empty, backup, PASSPHRASE))).to.equal("VAULT_EXISTS");
  });

  it("does nothing once it is locked", async () => {
    const other = await Vault.open(store, PASSPHRASE);
    other.lock();
    expect(await refusal(other.contents())).to.equal("VAULT_LOCKED");
    expect(await refusal(other.putKeySet(keySet("cc")))).to.equal("VAULT_LOCKED");
    expect(await refusal(other.backup())).to.equal("VAULT_LOCKED");
  });
});
