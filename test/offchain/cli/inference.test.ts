import { expect } from "chai";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { contractAt } from "../../../offchain/chain/contracts.ts";
import { getKeySet } from "../../../offchain/chain/keys.ts";
import { writeDeployment } from "../../../offchain/chain/node/deployment-file.ts";
import { getRequest, getRequestCount } from "../../../offchain/chain/requests.ts";
import type { Hex } from "../../../offchain/chain/types.ts";
import { bytes32 } from "../../../offchain/digest/hex.ts";
import { serveRequest } from "../client/stand-in-node.ts";
import { sharedWorld, type World } from "../client/world.ts";
import { errorOf, linesOf, runApart, runHere, temporaryHome, type Ran, type RunOptions } from "./run.ts";

const PASSPHRASE = "correct horse battery staple";
const VALUES = [-8, -3.5, -1, 0, 0.25, 1, 2, 3.75, 8, 5];

describe("the command's way from question to answer, over a real chain", function () {
  this.timeout(150_000);
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let world: World;
  let env: Record<string, string>;

  const at = (name: string) => path.join(home.folder, name);
  const shared = () => ["--home", at("home"), "--rpc", world.chain.url, "--deployment", at("deployments")];
  const cloakwork = (args: readonly string[], options: RunOptions = {}): Promise<Ran> =>
    runHere([...shared(), ...args], { env, ...options });
  const requestCount = () => getRequestCount(world.provider, world.deployment.contracts);

  /** Serves whatever request comes next. */
  async function serveNext(before: bigint): Promise<void> {
    for (let i = 0; i < 600 && (await requestCount()) === before; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await serveRequest(world, world.echo, before + 1n);
  }

  before(async () => {
    home = await temporaryHome();
    world = await sharedWorld();
    env = { CLOAKWORK_PASSPHRASE: PASSPHRASE, CLOAKWORK_PRIVATE_KEY: world.account(14).privateKey };
    writeDeployment(at("deployments"), world.deployment);
    await writeFile(at("input.json"), JSON.stringify([VALUES.slice(0, 5), VALUES.slice(5)]));
    expect((await cloakwork(["vault", "create"])).code).to.equal(0);
  });
  after(() => home.remove());

  it("shows the models as a table, one of them whole, and both as JSON", async () => {
    const list = await cloakwork(["models"]);
    expect(list.code).to.equal(0);
    expect(list.stdout).to.match(
      /^ID +MODEL +PRICE +NODES +ACCURACY +STATUS\n1 +Echo +0\.0034 ETH +1 +100\.0 % +active$/m,
    );
    const one = await cloakwork(["models", "1"]);
    expect(one.stdout)
      .to.match(/Input +10 numbers from -8 to 8/)
      .and.match(/Error +at most ±0\.3/);
    expect((await cloakwork(["models", "1", "--card"])).stdout).to.equal("For tests.\n");
    const [card] = JSON.parse((await cloakwork(["models", "--json"])).stdout) as [
      { modelId: string; prices: { total: string }[]; problems: unknown[] },
    ];
    expect([card.modelId, card.prices[0].total, card.problems]).to.deep.equal(["1", (34n * 10n ** 14n).toString(), []]);
    const none = await cloakwork(["models", "99", "--json"]);
    expect([none.code, errorOf(none).code]).to.deep.equal([1, "MODEL_REGISTRY_UNKNOWN_MODEL"]);
  });

  it("pays nothing that nobody agreed to", async () => {
    const before = await requestCount();
    const ask = ["infer", "1", "--input", at("input.json"), "--json"];
    expect(errorOf(await cloakwork(ask)).code).to.equal("PRICE_NOT_AGREED");
    expect(errorOf(await cloakwork([...ask, "--max-price", "0.0033"])).code).to.equal("PRICE_TOO_HIGH");
    expect(errorOf(await cloakwork([...ask, "--yes", "--plan", "7"])).code).to.equal("NO_SUCH_PLAN");
    expect(errorOf(await cloakwork([...ask, "--yes", "--replicas", "2"])).code).to.equal("USAGE");
    // The price of three nodes; one serves the model.
    expect(errorOf(await cloakwork([...ask, "--max-price", "0.0073", "--replicas", "3"])).code).to.equal(
      "PRICE_TOO_HIGH",
    );
    expect(errorOf(await cloakwork([...ask, "--max-price", "0.0074", "--replicas", "3"])).code).to.equal(
      "TOO_FEW_NODES",
    );
    await writeFile(at("far.json"), JSON.stringify([...VALUES.slice(1), 9]));
    const far = await cloakwork(["infer", "1", "--input", at("far.json"), "--yes", "--json"]);
    expect(errorOf(far).code).to.equal("INPUT_REFUSED");
    expect(await requestCount()).to.equal(before);
  });

  it("tells every step as a JSON line, the answer last", async () => {
    const before = await requestCount();
    const ask = ["infer", "1", "--input", "-", "--max-price", "0.0034", "--json"];
    const [ran] = await Promise.all([cloakwork(ask, { input: JSON.stringify({ values: VALUES }) }), serveNext(before)]);
    expect([ran.code, ran.stderr]).to.deep.equal([0, ""]);
    const lines = linesOf(ran);
    const steps = lines.filter(({ type, state }) => type === "step" && state === "done").map(({ step }) => step);
    expect(steps).to.deep.equal(["encrypt", "upload", "pay", "assigned", "evaluating", "posted", "decrypted"]);
    expect(lines.some(({ type, stage }) => type === "keys" && stage === "register")).to.equal(true);
    const result = lines.at(-1) as { type: string; answer: { label: string; values: number[] }; settled: boolean };
    expect([result.type, result.answer.label, result.settled]).to.deep.equal(["result", "class 8", true]);
    result.answer.values.forEach((value, k) => expect(value).to.be.closeTo(VALUES[k], 0.35));
    expect(lines.slice(0, -1).every((line) => !("answer" in line))).to.equal(true);
  });

  it("prints the answer for people, progress apart from it", async () => {
    const before = await requestCount();
    const ask = ["infer", "1", "--input", at("input.json"), "--yes", "--no-settle"];
    const [ran] = await Promise.all([cloakwork(ask), serveNext(before)]);
    expect(ran.stdout).to.match(/^The answer is class 8\.\nEach value is right to within ±0\.30\./);
    // Noise within the bound moves the probability by some points.
    expect(ran.stdout).to.match(/class 8 +9\d\.\d % +[78]\.\d/);
    expect(ran.stderr)
      .to.match(/Encrypt +Encrypted on this device\. \(30\.8 KB\)/)
      .and.match(/Post +The encrypted result/);
    expect((await getRequest(world.provider, world.deployment.contracts, before + 1n)).state).to.equal("posted");

    const settled = await cloakwork(["requests", "settle", String(before + 1n), "--json"]);
    expect(JSON.parse(settled.stdout)).to.include({ requestId: String(before + 1n) });
    expect(errorOf(await cloakwork(["requests", "settle", String(before + 1n), "--json"])).code).to.equal(
      "NOT_POSSIBLE_NOW",
    );
    expect(errorOf(await cloakwork(["requests", "refund", String(before + 1n), "--json"])).code).to.equal(
      "NOT_POSSIBLE_NOW",
    );
  });

  it("is interrupted after paying without losing anything, and says how to go on", async () => {
    const before = await requestCount();
    const ran = await runApart([...shared(), "infer", "1", "--input", at("input.json"), "--yes", "--json"], {
      env,
      onLine: (line, interrupt) => {
        if (line.includes('"step":"assigned","state":"active"')) interrupt();
      },
    });
    expect(ran.code).to.equal(130);
    expect(errorOf(ran)).to.include({ code: "INTERRUPTED" });
    expect(errorOf(ran).next).to.include("cloakwork requests");
    const requestId = String(before + 1n);

    const waiting = await cloakwork(["requests", "show", requestId]);
    expect(waiting.stdout)
      .to.match(new RegExp(`Request +${requestId}\n`))
      .and.match(/State +(requested|assigned)/);
    await serveRequest(world, world.echo, before + 1n);
    const shown = await cloakwork(["requests", "show", requestId, "--wait", "--settle"]);
    expect(shown.stdout).to.include("The answer is class 8.").and.include("Node and owner are paid.");
    const list = JSON.parse((await cloakwork(["requests", "list", "--json"])).stdout) as Record<string, unknown>[];
    expect(list[0]).to.include({ requestId, state: "settled", modelId: "1" });
  });

  it("opens old answers from a backup on another machine, and releases values for others", async () => {
    const requestId = String(await requestCount());
    expect((await cloakwork(["keys", "backup", at("backup.json")])).code).to.equal(0);
    expect((await readFile(at("backup.json"), "utf8")).includes(PASSPHRASE)).to.equal(false);
    const there = ["--home", at("there")];
    expect((await cloakwork(["keys", "restore", at("backup.json"), ...there])).code).to.equal(0);
    const shown = await cloakwork(["requests", "show", requestId, ...there, "--json"]);
    expect((linesOf(shown).at(-1) as { answer: { label: string } }).answer.label).to.equal("class 8");
    const released = JSON.parse((await cloakwork(["requests", "release", requestId, "--json"])).stdout) as {
      values: number[];
      step: number;
    };
    expect(released.values.every((value) => Number.isInteger(value / released.step))).to.equal(true);
  });

  it("lists keys without their secrets, lets a contract ask with them, says where they are, and revokes them when told to", async () => {
    const { stdout } = await cloakwork(["keys", "list", "--json"]);
    expect(stdout).to.not.match(/secret|salt/i);
    const { keySets } = JSON.parse(stdout) as { keySets: { id: Hex; state: string; releases: number }[] };
    expect(keySets).to.have.length(1);
    expect(keySets[0]).to.include({ state: "registered", releases: 10 });
    const contract = world.deployment.contracts.callbacks;
    const mayAsk = async (): Promise<boolean> => {
      const registry = contractAt(world.provider, world.deployment.contracts, "keyRegistry");
      return ((await registry.getFunction("bindingOf")(keySets[0].id, contract)) as { allowed: boolean }).allowed;
    };
    const delegate = ["keys", "delegate", keySets[0].id.slice(0, 12), contract, "--json"];
    expect(await mayAsk()).to.equal(false);
    expect((await cloakwork(delegate)).code).to.equal(0);
    expect(await mayAsk()).to.equal(true);
    expect((await cloakwork([...delegate, "--stop"])).code).to.equal(0);
    expect(await mayAsk()).to.equal(false);

    const { blobs } = world;
    const other = await world.servers.blobs({ maxBytes: 40_000_000 });
    const onChain = () => getKeySet(world.provider, world.deployment.contracts, keySets[0].id);
    const move = (to: string) => cloakwork(["keys", "uri", keySets[0].id.slice(0, 12), to, "--json"]);
    const { packs, uri } = await onChain();
    expect(uri).to.equal(blobs.url);
    const refused = errorOf(await move(other.url));
    expect([refused.code, refused.message]).to.deep.equal([
      "KEYS_NOT_THERE",
      `${other.url} serves 0 of the 1 packs of key set ${keySets[0].id}.`,
    ]);
    expect(errorOf(await move("ftp://127.0.0.1")).code).to.equal("ENDPOINT_INVALID");
    expect((await onChain()).uri).to.equal(blobs.url);
    for (const { blobRoot: root, size } of packs) {
      await other.store.put(await blobs.store.get(bytes32(root), { maxBytes: size }));
    }
    expect(JSON.parse((await move(`${other.url}/`)).stdout)).to.include({ uri: other.url, changed: true });
    expect((await onChain()).uri).to.equal(other.url);
    expect(JSON.parse((await move(other.url)).stdout)).to.include({ uri: other.url, changed: false });

    const revoke = ["keys", "revoke", keySets[0].id.slice(0, 12), "--json"];
    expect(errorOf(await cloakwork(revoke)).code).to.equal("NOT_AGREED");
    expect((await cloakwork([...revoke, "--yes"])).code).to.equal(0);
    expect(errorOf(await cloakwork([...revoke, "--yes"])).code).to.equal("KEY_REGISTRY_REVOKED");
    expect(errorOf(await cloakwork(["keys", "revoke", "0x000000", "--yes", "--json"])).code).to.equal(
      "KEY_SET_UNKNOWN",
    );
    expect((await cloakwork(["keys", "list"])).stdout).to.match(/revoked/);
  });
});
