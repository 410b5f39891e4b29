import { expect } from "chai";
import path from "node:path";

import { writeDeployment } from "../../../offchain/chain/node/deployment-file.ts";
import { acceptsToken, getNode } from "../../../offchain/chain/nodes.ts";
import type { Hex } from "../../../offchain/chain/types.ts";
import { sharedWorld, type World } from "../client/world.ts";
import { errorOf, linesOf, runApart, runHere, temporaryHome } from "./run.ts";

describe("the command for operators of nodes", function () {
  this.timeout(150_000);
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let world: World;
  let env: Record<string, string>;
  let account: Hex;

  const at = (name: string) => path.join(home.folder, name);
  const args = (...words: readonly string[]) => {
    return ["--home", at("home"), "--rpc", world.chain.url, "--deployment", at("deployments"), ...words, "--json"];
  };
  const cloakwork = (...words: readonly string[]) => runHere(args(...words), { env });
  const onChain = () => getNode(world.provider, world.deployment.contracts, account);

  before(async () => {
    home = await temporaryHome();
    world = await sharedWorld();
    account = world.account(16).address;
    env = {
      CLOAKWORK_NODE_SECRET_PASSPHRASE: "correct horse battery staple",
      CLOAKWORK_PRIVATE_KEY: world.account(16).privateKey,
      CLOAKWORK_NODE_POLL_MS: "200",
    };
    writeDeployment(at("deployments"), world.deployment);
    expect((await cloakwork("node", "init")).code).to.equal(0);
  });
  after(() => home.remove());

  it("registers with what the keys and the settings say, and updates what changed", async () => {
    expect(errorOf(await cloakwork("node", "register")).code).to.equal("NO_PUBLIC_URL");
    const register = async (url: string) => {
      const { stdout } = await cloakwork("node", "register", "--public-url", url);
      return JSON.parse(stdout) as { node: Hex; outcome: string };
    };
    expect(await register("http://127.0.0.1:9001")).to.deep.equal({ node: account, outcome: "registered" });
    expect((await register("http://127.0.0.1:9001")).outcome).to.equal("unchanged");
    expect((await register("http://127.0.0.1:9002")).outcome).to.equal("updated");
    expect((await onChain())?.endpoint).to.equal("http://127.0.0.1:9002");
  });

  it("starts, serves, refuses a second one on the same folder, and stops cleanly on Ctrl-C", async () => {
    let meanwhile: Promise<void> | undefined;
    const whileItRuns = async (): Promise<void> => {
      const second = await runHere(args("node", "start"), { env });
      expect(errorOf(second).code).to.equal("NODE_DATA_FOLDER_BUSY");
      const { stdout } = await cloakwork("node", "status", account);
      const { status } = JSON.parse(stdout) as { status: { node: string } | null };
      expect(status?.node).to.equal(account);
    };
    const ran = await runApart(args("node", "start", "--port", "0"), {
      env,
      onLine: (line, interrupt) => {
        if (line.includes('"type":"started"')) meanwhile ??= whileItRuns().finally(interrupt);
      },
    });
    await meanwhile;
    expect(ran.code).to.equal(0);
    const started = linesOf(ran).find(({ type }) => type === "started");
    expect((await onChain())?.endpoint).to.equal(started?.["address"]);
  });

  it("shows a node that does not answer by what stands on chain", async () => {
    const { code, stdout } = await cloakwork("node", "status");
    const status = JSON.parse(stdout) as { node: Hex; status: null; stake: string };
    expect([code, status.node, status.status, BigInt(status.stake)]).to.deep.equal([0, account, null, 10n ** 18n]);
    const stranger = await cloakwork("node", "status", world.account(18).address);
    expect(errorOf(stranger).code).to.equal("NODE_UNKNOWN");
  });

  it("takes fees in a token when told to, and no longer", async () => {
    const token = world.deployment.contracts.balances;
    const accepts = () => acceptsToken(world.provider, world.deployment.contracts, account, token);
    const tell = async (...more: string[]) => {
      const { stdout } = await cloakwork("node", "token", token, ...more);
      return (JSON.parse(stdout) as { changed: boolean }).changed;
    };
    expect(await accepts()).to.equal(false);
    expect([await tell(), await accepts()]).to.deep.equal([true, true]);
    expect(await tell()).to.equal(false);
    expect([await tell("--refuse"), await accepts()]).to.deep.equal([true, false]);
    expect(errorOf(await cloakwork("node", "token", account)).code).to.equal("NO_SUCH_TOKEN");
  });

  it("leaves when told to, and takes nothing out before its time", async () => {
    expect(errorOf(await cloakwork("node", "exit")).code).to.equal("NOT_AGREED");
    expect((await onChain())?.exitAt).to.equal(undefined);
    const left = JSON.parse((await cloakwork("node", "exit", "--yes")).stdout) as { exitAt: number };
    expect((await onChain())?.exitAt).to.equal(left.exitAt);
    expect(errorOf(await cloakwork("node", "withdraw")).code).to.equal("NOTHING_TO_WITHDRAW");
    expect((await onChain())?.stake).to.equal(10n ** 18n);
  });

  it("does not open the node's keys with another passphrase", async () => {
    const ran = await runHere(args("node", "exit", "--yes"), {
      env: { ...env, CLOAKWORK_NODE_SECRET_PASSPHRASE: "not the right one" },
    });
    expect(errorOf(ran).code).to.equal("NODE_IDENTITY");
  });
});
