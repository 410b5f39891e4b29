import { expect } from "chai";
import path from "node:path";

import { ContractFactory, JsonRpcSigner } from "ethers";

import { authoriseNode, getMembership, hasGivenUp, revokeNode } from "../../../offchain/chain/access.ts";
import { contractAt } from "../../../offchain/chain/contracts.ts";
import { writeDeployment } from "../../../offchain/chain/node/deployment-file.ts";
import { getNode } from "../../../offchain/chain/nodes.ts";
import { getTokenBalance } from "../../../offchain/chain/tokens.ts";
import type { Hex } from "../../../offchain/chain/types.ts";
import { readArtifact } from "../../../scripts/deploy/artifacts.ts";
import { LOCAL_PARAMETERS } from "../../../scripts/deploy/parameters.ts";
import { sharedWorld, startWorld, type World } from "../client/world.ts";
import { errorOf, runHere, temporaryHome, type Ran } from "./run.ts";

const ETH = 10n ** 18n;

describe("what a node serves, by the command", function () {
  this.timeout(60_000);
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let world: World;
  let modelId: bigint;
  let node: Hex;

  const at = (name: string) => path.join(home.folder, name);
  const inWords = (...args: readonly string[]): Promise<Ran> =>
    runHere(["--home", at("home"), "--rpc", world.chain.url, "--deployment", at("deployments"), ...["node", ...args]], {
      env: {
        CLOAKWORK_NODE_SECRET_PASSPHRASE: "correct horse battery staple",
        CLOAKWORK_PRIVATE_KEY: world.account(12).privateKey,
      },
    });
  const cloakwork = (...args: readonly string[]): Promise<Ran> => inWords(...args, "--json");
  const id = () => modelId.toString();
  const member = () => getMembership(world.provider, world.deployment.contracts, modelId, 1, node);
  const givenUp = () => hasGivenUp(world.provider, world.deployment, modelId, 1, node);
  const authorise = async () => {
    const grant = { envelopeRoot: `0x${"ee".repeat(32)}` as const, envelopeUri: world.blobs.url };
    await (await authoriseNode(world.owner, world.deployment.contracts, modelId, 1, node, grant)).wait();
  };

  before(async () => {
    home = await temporaryHome();
    world = await sharedWorld();
    node = world.account(12).address;
    writeDeployment(at("deployments"), world.deployment);
    modelId = await world.publish(world.echo);
    expect((await cloakwork("init")).code).to.equal(0);
    expect((await cloakwork("register", "--public-url", "http://127.0.0.1:9003")).code).to.equal(0);
  });
  after(() => home.remove());

  it("is joined with the bond of the settings, or with another one, now or later", async () => {
    expect(errorOf(await cloakwork("join", id())).code).to.equal("MODEL_ACCESS_NOT_AUTHORISED");
    await authorise();
    const join = async (...more: readonly string[]) =>
      (JSON.parse((await cloakwork("join", id(), ...more)).stdout) as { changed: boolean }).changed;
    expect(await join()).to.equal(true);
    expect((await member())?.bond).to.equal(ETH / 10n);
    expect(await join()).to.equal(false);
    expect(await join("--bond", "0.2")).to.equal(true);
    expect(await member()).to.include({ bond: ETH / 5n, untilEpoch: undefined });
    for (const bond of ["0.000001", "0.2000000000001", "999999999"]) {
      expect(errorOf(await cloakwork("join", id(), "--bond", bond)).code, bond).to.equal("USAGE");
    }
    expect(await member(), "and stays as it was").to.include({ bond: ETH / 5n, untilEpoch: undefined });
  });

  it("is said with what the node declined of it, and until when it is suspended for it", async () => {
    const { provider, deployment } = world;
    const { hub } = deployment.contracts;
    await provider.send("hardhat_impersonateAccount", [hub]);
    await provider.send("hardhat_setBalance", [hub, "0xde0b6b3a7640000"]);
    const registry = contractAt(new JsonRpcSigner(provider, hub), deployment.contracts, "nodeRegistry");
    const decline = async (model: bigint) =>
      (await (await registry.getFunction("recordDecline").send(node, model)).wait())!;
    const standings = async () =>
      (JSON.parse((await cloakwork("status", node)).stdout) as { standings: Record<string, unknown>[] }).standings;

    expect(await standings()).to.deep.equal([]);
    expect((await inWords("status", node)).stdout).to.not.match(/Suspended|Declined/);
    // A model the node never served, as nobody but the hub can write one.
    await decline(modelId + 1_000n);
    for (let i = 0; i < 4; i++) await decline(modelId);
    expect(await standings()).to.deep.equal([{ modelId: id(), suspendedUntil: 0, declines: 4 }]);
    expect((await inWords("status", node)).stdout).to.match(new RegExp(`Declined +model ${id()}: 4 in a row`));

    const block = (await provider.getBlock((await decline(modelId)).blockNumber))!;
    const suspendedUntil = block.timestamp + LOCAL_PARAMETERS.nodes.suspension;
    expect(await standings()).to.deep.equal([{ modelId: id(), suspendedUntil, declines: 0 }]);
    const words = (await inWords("status", node)).stdout;
    expect(words).to.match(new RegExp(`Suspended +for model ${id()} until `));
    expect(words).to.not.match(/Declined/);
  });

  it("is left until the node comes back or the owner asks again", async () => {
    const { contracts } = world.deployment;
    const leave = (...more: readonly string[]) => cloakwork("leave", id(), ...more);
    const left = JSON.parse((await leave()).stdout) as { left: { version: number }[] };
    expect(left.left.map(({ version }) => version)).to.deep.equal([1]);
    expect((await member())?.untilEpoch).to.be.a("number");
    expect(await givenUp()).to.equal(true);
    expect(errorOf(await leave("--of", "1")).code).to.equal("NOT_SERVING");
    await authorise();
    expect(await givenUp()).to.equal(false);

    expect((await cloakwork("join", id())).code).to.equal(0);
    await (await revokeNode(world.owner, contracts, modelId, 1, node)).wait();
    await authorise();
    expect(await givenUp(), "the owner took it and gave it again").to.equal(false);
  });

  it("is backed by a stake that can be added to", async () => {
    const stake = async () => (await getNode(world.provider, world.deployment.contracts, node))?.stake;
    expect(await stake()).to.equal(ETH);
    const added = JSON.parse((await cloakwork("stake", "0.5")).stdout) as { stake: string };
    expect(await stake()).to.equal((3n * ETH) / 2n);
    expect(BigInt(added.stake)).to.equal((3n * ETH) / 2n);
    for (const amount of ["0", "-1", "much"]) expect(errorOf(await cloakwork("stake", amount)).code).to.equal("USAGE");
  });

  it("earns what can be taken out, in a token, too", async () => {
    const { owner, provider, deployment } = world;
    const { contracts } = deployment;
    const { abi, bytecode } = readArtifact("testing/PermitToken");
    const tokens = await new ContractFactory(abi, bytecode, owner).deploy();
    await tokens.waitForDeployment();
    const token = (await tokens.getAddress()) as Hex;
    const withdraw = (...more: readonly string[]) => cloakwork("withdraw", ...more);
    expect(errorOf(await withdraw("--token", token)).code).to.equal("NOTHING_TO_WITHDRAW");
    const balances = contractAt(owner, contracts, "balances");
    await (await tokens.getFunction("approve").send(contracts.balances, 77n)).wait();
    await (await balances.getFunction("depositToken").send(token, node, 77n)).wait();
    await (await balances.getFunction("deposit").send(node, { value: 99n })).wait();
    const to = world.account(11).address;
    const amountOf = ({ stdout }: Ran) => (JSON.parse(stdout) as { amount: string }).amount;
    expect(amountOf(await withdraw("--token", token, "--to", to))).to.equal("77");
    expect(await getTokenBalance(provider, token, to)).to.equal(77n);
    expect(amountOf(await withdraw())).to.equal("99");
  });
});

describe("a node that leaves, by the command", function () {
  this.timeout(60_000);

  it("has its stake and its earnings once the delay is over, and not a second before", async () => {
    // Its own world: time passes.
    await using world = await startWorld();
    const { chain, deployment, provider, owner } = world;
    const home = await temporaryHome();
    try {
      const { address, privateKey } = world.account(12);
      const deployments = path.join(home.folder, "deployments");
      writeDeployment(deployments, deployment);
      const cloakwork = (...args: readonly string[]): Promise<Ran> =>
        runHere(["--home", home.folder, "--rpc", chain.url, "--deployment", deployments, "node", ...args, "--json"], {
          env: { CLOAKWORK_NODE_SECRET_PASSPHRASE: "correct horse battery staple", CLOAKWORK_PRIVATE_KEY: privateKey },
        });
      expect((await cloakwork("init")).code).to.equal(0);
      expect((await cloakwork("register", "--public-url", "http://127.0.0.1:9004")).code).to.equal(0);
      const { exitAt } = JSON.parse((await cloakwork("exit", "--yes")).stdout) as { exitAt: number };
      await provider.send("evm_setIntervalMining", [0]);
      await provider.send("evm_setNextBlockTimestamp", [exitAt - 1]);
      const balances = contractAt(owner, deployment.contracts, "balances");
      await (await balances.getFunction("deposit").send(address, { value: 99n })).wait();
      const to = world.account(11).address;
      const had = await provider.getBalance(to);
      const withdraw = async () => {
        const { stdout } = await cloakwork("withdraw", "--to", to);
        const { amount, left } = JSON.parse(stdout) as { amount: string; left: boolean };
        return { amount: BigInt(amount), left };
      };
      expect(await withdraw()).to.deep.equal({ amount: 99n, left: false });
      // Blocks of a local chain may have the same second.
      await provider.send("evm_increaseTime", [1]);
      await provider.send("evm_mine", []);
      expect(await withdraw()).to.deep.equal({ amount: ETH, left: true });
      expect((await provider.getBalance(to)) - had).to.equal(ETH + 99n);
      expect(await getNode(provider, deployment.contracts, address)).to.equal(undefined);
    } finally {
      await home.remove();
    }
  });
});
