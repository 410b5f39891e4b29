import { expect } from "chai";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { IdentityError } from "../../../offchain/node/errors.ts";
import { createIdentity, openIdentity } from "../../../offchain/node/identity.ts";
import { sealEnvelope, openEnvelope } from "../../../offchain/sealing/envelope.ts";
import { SecretBytes } from "../../../offchain/sealing/secret-bytes.ts";

const PASSPHRASE = "an operator's passphrase";
const ROOT = `0x${"11".repeat(32)}` as const;

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    expect(error).to.be.instanceOf(IdentityError);
    return (error as Error).message;
  }
  return "accepted";
}

describe("a node's identity", function () {
  this.timeout(30_000);
  let folder: string;
  let file: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "cloakwork-identity-"));
    file = path.join(folder, "identity.jwe");
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("comes back from its file and opens what was sealed to it", async () => {
    const made = await createIdentity(file, PASSPHRASE);
    const opened = await openIdentity(file, PASSPHRASE);
    expect(opened.account.address).to.equal(made.account.address);
    const secret = SecretBytes.random32();
    const packages = [{ contentKey: secret, packageSecret: secret, packageRoot: ROOT, weightsRoot: ROOT }];
    const envelope = await sealEnvelope({ noiseSecret: secret, noiseRoot: ROOT, packages }, [
      made.encryption.publicKey,
    ]);
    const keys = await openEnvelope(envelope, opened.encryption);
    expect(keys.packages[0].contentKey.reveal()).to.deep.equal(secret.reveal());
  });

  it("is readable by its owner alone and shows neither key", async () => {
    const { account } = await openIdentity(file, PASSPHRASE);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    const text = await readFile(file, "utf8");
    expect(text).not.to.include(account.privateKey.slice(2));
    expect(text).not.to.include('"d"');
  });

  it("takes an account of the operator's own", async () => {
    const key = `0x${"07".repeat(32)}`;
    const { account } = await createIdentity(path.join(folder, "own.jwe"), PASSPHRASE, key);
    expect(account.privateKey).to.equal(key);
    const message = await refusal(createIdentity(path.join(folder, "bad.jwe"), PASSPHRASE, "0x1234deadbeef"));
    expect(message).to.include("not 32 bytes").and.not.include("deadbeef");
  });

  it("refuses a wrong passphrase, a short one, damage, and to overwrite keys", async () => {
    expect(await refusal(openIdentity(file, "another passphrase"))).to.include("passphrase is wrong");
    expect(await refusal(createIdentity(path.join(folder, "short.jwe"), "short"))).to.include("fewer than 8");
    expect(await refusal(createIdentity(file, PASSPHRASE))).to.include("there already");
    const damaged = path.join(folder, "damaged.jwe");
    await writeFile(damaged, (await readFile(file, "utf8")).slice(0, 50));
    expect(await refusal(openIdentity(damaged, PASSPHRASE))).to.include("does not hold");
    expect(await refusal(openIdentity(path.join(folder, "none.jwe"), PASSPHRASE))).to.include("cloakwork node init");
  });
});
