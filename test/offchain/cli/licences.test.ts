import { expect } from "chai";
import { readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";

import { Wallet } from "ethers";

import { licenseModel } from "../../../offchain/chain/licences.ts";
import { getModelVersion } from "../../../offchain/chain/models.ts";
import { writeDeployment } from "../../../offchain/chain/node/deployment-file.ts";
import type { Hex } from "../../../offchain/chain/types.ts";
import type { Answer } from "../../../offchain/client/types.ts";
import { bytes32, type Bytes32 } from "../../../offchain/digest/hex.ts";
import { sealEnvelope } from "../../../offchain/sealing/envelope.ts";
import { nodePublicKey } from "../../../offchain/sealing/node-key.ts";
import { versionKeys } from "../../../offchain/sealing/package.ts";
import { SecretBytes } from "../../../offchain/sealing/secret-bytes.ts";
import { sharedWorld, type World } from "../client/world.ts";
import { errorOf, linesOf, runHere, temporaryHome, type Ran } from "./run.ts";
import { SAMPLES, writeSigns } from "./signs-model.ts";

const PASSPHRASE = "correct horse battery staple";
const OWNER = 16;
const [ALICE, BOB, CAROL] = [17, 18, 19];

describe("licences, by the command", function () {
  this.timeout(150_000);
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let world: World;
  let model: string;
  /** Public keys of the licensees. */
  const keys = new Map<number, Hex>();

  const at = (...name: string[]) => path.join(home.folder, ...name);
  const as =
    (account: number, passphrase = PASSPHRASE) =>
    (...args: readonly string[]): Promise<Ran> =>
      runHere(
        [
          ...["--home", at(`home-${account}`), "--rpc", world.chain.url, "--deployment", at("deployments")],
          ...args,
          "--json",
        ],
        { env: { CLOAKWORK_PASSPHRASE: passphrase, CLOAKWORK_PRIVATE_KEY: world.account(account).privateKey } },
      );
  const addressOf = (account: number): Hex => world.account(account).address;
  const license = (to: number, point = keys.get(to)!) =>
    as(OWNER)("model", "license", model, "--to", addressOf(to), "--public-key", point);
  const download = (account: number, file: string, ...more: readonly string[]) =>
    as(account)("model", "download", model, "--out", at(file), ...more);
  const isThere = (file: string): Promise<boolean> =>
    stat(at(file)).then(
      () => true,
      () => false,
    );
  async function refused(code: string, ran: Promise<Ran>, file = "refused.cwmd"): Promise<string> {
    const { message, next, ...error } = errorOf(await ran);
    expect(error.code, message).to.equal(code);
    expect(next).to.match(/[.?]$/);
    expect(await isThere(file), "nothing was written").to.equal(false);
    return message;
  }

  before(async () => {
    home = await temporaryHome();
    world = await sharedWorld();
    writeDeployment(at("deployments"), world.deployment);
    await writeSigns(at("model"));
    const publish = ["model", "publish", at("model/publication.json"), "--endpoint", world.blobs.url];
    const { modelId } = linesOf(await as(OWNER)(...publish)).at(-1) as { modelId: string };
    model = modelId;
    for (const account of [ALICE, BOB]) {
      expect((await as(account)("vault", "create")).code).to.equal(0);
      const { publicKey } = JSON.parse((await as(account)("keys", "recipient")).stdout) as { publicKey: Hex };
      keys.set(account, publicKey);
    }
  });
  after(() => home.remove());

  it("the vault has one key for them, which it keeps", async () => {
    const { publicKey, created } = JSON.parse((await as(ALICE)("keys", "recipient")).stdout) as Record<string, unknown>;
    expect([publicKey, created]).to.deep.equal([keys.get(ALICE), false]);
    expect(keys.get(BOB)).to.not.equal(keys.get(ALICE));
    const { backup } = JSON.parse((await as(ALICE)("keys", "list")).stdout) as { backup: object };
    expect(backup).to.include({ unsaved: 0, recipientKey: true });
    await as(ALICE)("keys", "backup", at("backup.json"));
    const { backup: taken } = JSON.parse((await as(ALICE)("keys", "list")).stdout) as { backup: object };
    expect(taken).to.include({ recipientKey: false });
  });

  it("is refused to who has none", async () => {
    const message = await refused("LICENCE_MISSING", download(ALICE, "refused.cwmd"));
    expect(message).to.include(addressOf(ALICE)).and.to.include(`model ${model}`);
  });

  it("gives the licensee the very weights, in a file for it alone, that answers as the model does", async () => {
    const lines = linesOf(await license(ALICE));
    const done = lines.filter(({ state }) => state === "done").map(({ step }) => step);
    expect(done).to.deep.equal(["seal", "store", "register"]);
    expect(lines.at(-1)).to.include({ type: "result", created: true, licensee: addressOf(ALICE) });

    const ran = await download(ALICE, "signs.cwmd");
    expect(ran.code, ran.stderr).to.equal(0);
    const { mode, size } = await stat(at("signs.cwmd"));
    expect(mode & 0o777).to.equal(0o600);
    const { provider, deployment } = world;
    const { plans } = await getModelVersion(provider, deployment.contracts, BigInt(model), 1);
    expect(linesOf(ran).at(-1)).to.include({ bytes: size, weightsRoot: plans[0].weightsRoot, version: 1 });
    expect(ran.stdout + ran.stderr).to.not.match(/contentKey|packageSecret|noiseSecret/);

    // By hand: x0 + x2, x1 − x2 + 1/4, −x0 + x3 (signs-model.ts).
    for (const [input, expected] of [
      [SAMPLES[0], [2, -0.75, -1]],
      [SAMPLES[1], [-1, 2.25, 0]],
    ]) {
      await writeFile(at("input.json"), JSON.stringify(input));
      const asked = await as(ALICE)("model", "run", at("signs.cwmd"), "--input", at("input.json"));
      expect(asked.code, asked.stderr).to.equal(0);
      const { answers } = JSON.parse(asked.stdout) as { answers: Answer[] };
      expect(answers).to.have.length(1);
      const [{ values, step, index }] = answers;
      values.forEach((value, k) => expect(value).to.be.closeTo(expected[k], step));
      expect(index).to.equal(expected.indexOf(Math.max(...expected)));
    }
    await writeFile(at("wrong.json"), "[1, 2, 3]");
    const wrong = await as(ALICE)("model", "run", at("signs.cwmd"), "--input", at("wrong.json"));
    expect(errorOf(wrong).code).to.equal("INPUT_REFUSED");
    const bytes = await readFile(at("signs.cwmd"));
    bytes[bytes.length - 9] ^= 1;
    await writeFile(at("changed.cwmd"), bytes);
    const changed = await as(ALICE)("model", "run", at("changed.cwmd"), "--input", at("input.json"));
    expect(errorOf(changed).code).to.equal("MODEL_FILE_INVALID");
  });

  it("is given once, and again where the key is another or the store lost the envelope", async () => {
    const again = linesOf(await license(ALICE));
    expect(again.at(-1)).to.include({ created: false });
    const { envelopeRoot } = again.at(-1) as { envelopeRoot: Bytes32 };
    await world.blobs.store.remove(envelopeRoot);
    const anew = linesOf(await license(ALICE)).at(-1);
    expect(anew).to.include({ created: true });
    expect(anew["envelopeRoot"]).to.not.equal(envelopeRoot);
    const listed = await as(CAROL)("model", "licences", model, "--to", addressOf(ALICE));
    const { licences } = JSON.parse(listed.stdout) as { licences: object[] };
    expect(licences).to.have.length(1);
    expect(licences[0]).to.include({ state: "standing", envelopeRoot: anew["envelopeRoot"], version: 1 });
  });

  it("sealed to another vault's key does not open, nor a vault with another passphrase", async () => {
    await license(BOB, keys.get(ALICE));
    await refused("LICENCE_OTHER_KEY", download(BOB, "refused.cwmd"));
    await license(BOB);
    const wrong = as(BOB, `${PASSPHRASE}!`)("model", "download", model, "--out", at("refused.cwmd"));
    await refused("VAULT_WRONG_PASSPHRASE", wrong);
    expect((await download(BOB, "bob.cwmd")).code).to.equal(0);
    expect(await readFile(at("bob.cwmd"))).to.deep.equal(await readFile(at("signs.cwmd")));
  });

  it("is not fooled by a store that lies, and writes nothing when no other has the package", async () => {
    const { servers, blobs, provider, deployment } = world;
    const { plans } = await getModelVersion(provider, deployment.contracts, BigInt(model), 1);
    const root = bytes32(plans[0].packageRoot);
    const honest = await blobs.store.get(root, { maxBytes: 1e8 });
    const flipped = Uint8Array.from(honest);
    flipped[flipped.length >> 1] ^= 1;
    const liar = await servers.answering((request, response) => {
      response.end(request.url?.endsWith(root) ? flipped : Buffer.from("something else"));
    });
    const past = await download(ALICE, "past.cwmd", "--endpoint", liar);
    expect(past.code, past.stderr).to.equal(0);
    expect(await readFile(at("past.cwmd"))).to.deep.equal(await readFile(at("signs.cwmd")));

    await blobs.store.remove(root);
    try {
      const message = await refused("BLOB_UNAVAILABLE", download(ALICE, "refused.cwmd", "--endpoint", liar));
      expect(message).to.include(root);
    } finally {
      await blobs.store.put(honest);
    }
  });

  it("with keys that are not the version's is told to be so", async () => {
    const { provider, deployment, blobs } = world;
    const { noiseRoot, plans } = await getModelVersion(provider, deployment.contracts, BigInt(model), 1);
    const [contentKey, packageSecret] = [SecretBytes.random32(), SecretBytes.random32()];
    const [packageRoot, weightsRoot] = [bytes32(plans[0].packageRoot), bytes32(plans[0].weightsRoot)];
    const owner = new Wallet(world.account(OWNER).privateKey, provider);
    const forge = async (forged: Parameters<typeof sealEnvelope>[0]): Promise<void> => {
      const envelope = await sealEnvelope(forged, [await nodePublicKey(keys.get(BOB)!)]);
      const { root } = await blobs.store.put(envelope);
      const grant = { envelopeRoot: root, envelopeUri: blobs.url };
      await (await licenseModel(owner, deployment.contracts, BigInt(model), 1, addressOf(BOB), grant)).wait();
    };
    await forge(versionKeys([{ contentKey, packageSecret, packageRoot, weightsRoot }]));
    await refused("ENVELOPE_COMMITMENT", download(BOB, "refused.cwmd"));
    // The right roots over the wrong keys: only the package tells.
    await forge({
      noiseSecret: SecretBytes.random32(),
      noiseRoot: bytes32(noiseRoot),
      packages: [{ contentKey, packageSecret, packageRoot, weightsRoot }],
    });
    await refused("PACKAGE_COMMITMENT", download(BOB, "refused.cwmd"));
    expect(linesOf(await license(BOB)).at(-1)).to.include({ created: true });
  });

  it("refuses what is wrong before anything is done for it", async () => {
    const { stdout } = await as(ALICE)("model", "licences", model);
    await refused("MODEL_NOT_WRITTEN", download(ALICE, "signs.cwmd"));
    await refused("NO_SUCH_PLAN", download(ALICE, "refused.cwmd", "--plan", "7"));
    await refused("MODEL_REGISTRY_UNKNOWN_VERSION", download(ALICE, "refused.cwmd", "--of", "9"));
    await refused("VAULT_MISSING", download(CAROL, "refused.cwmd", "--account", addressOf(ALICE)));
    await as(CAROL)("vault", "create");
    await refused("RECIPIENT_KEY_MISSING", download(CAROL, "refused.cwmd", "--account", addressOf(ALICE)));
    await refused("USAGE", license(BOB, "0x04ab"));
    await refused("NODE_KEY_INVALID", license(BOB, `0x04${"ab".repeat(64)}`));
    await refused("USAGE", as(OWNER)("model", "licences"));
    const mine = ["model", "license", model, "--to", addressOf(CAROL), "--public-key", keys.get(BOB)!];
    await refused("PUBLISH_OWNER", as(CAROL)(...mine));
    expect((await as(ALICE)("model", "licences", model)).stdout).to.equal(stdout);
  });

  it("is taken back: the next download is refused, and the list says so", async () => {
    const revoke = ["model", "revoke-licence", model, "--from", addressOf(ALICE)];
    await refused("MODEL_ACCESS_NOT_OWNER", as(BOB)(...revoke));
    const ran = JSON.parse((await as(OWNER)(...revoke)).stdout) as { revoked: { version: number }[] };
    expect(ran.revoked.map(({ version }) => version)).to.deep.equal([1]);
    await refused("LICENCE_REVOKED", download(ALICE, "refused.cwmd"));
    await refused("NOT_LICENSED", as(OWNER)(...revoke));
    const listed = await as(CAROL)("model", "licences", model);
    const { licences } = JSON.parse(listed.stdout) as { licences: { licensee: Hex; state: string }[] };
    const states = Object.fromEntries(licences.map(({ licensee, state }) => [licensee, state]));
    expect(states).to.deep.equal({ [addressOf(ALICE)]: "revoked", [addressOf(BOB)]: "standing" });
    expect(linesOf(await license(ALICE)).at(-1)).to.include({ created: true });
    expect((await download(ALICE, "again.cwmd")).code).to.equal(0);
  });
});
