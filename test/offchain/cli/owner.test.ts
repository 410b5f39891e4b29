import { expect } from "chai";
import path from "node:path";

import { ContractFactory } from "ethers";

import { authoriseNode, getGrant, getMembership } from "../../../offchain/chain/access.ts";
import { getBalance } from "../../../offchain/chain/balances.ts";
import { contractAt } from "../../../offchain/chain/contracts.ts";
import { getModel } from "../../../offchain/chain/models.ts";
import { writeDeployment } from "../../../offchain/chain/node/deployment-file.ts";
import { getTokenBalance } from "../../../offchain/chain/tokens.ts";
import { ETHER, type Hex, type Terms } from "../../../offchain/chain/types.ts";
import { readArtifact } from "../../../scripts/deploy/artifacts.ts";
import { sharedWorld, type World } from "../client/world.ts";
import { errorOf, runHere, temporaryHome, type Ran } from "./run.ts";

/** Account 1 is the owner of the world's models. */
const [OWNER, BUYER] = [1, 13];

describe("what an owner decides about a model, by the command", function () {
  this.timeout(60_000);
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let world: World;
  let modelId: bigint;
  let token: Hex;

  const at = (name: string) => path.join(home.folder, name);
  const as = (account: number, ...args: readonly string[]): Promise<Ran> =>
    runHere(["--home", at("home"), "--rpc", world.chain.url, "--deployment", at("deployments"), ...args, "--json"], {
      env: { CLOAKWORK_PRIVATE_KEY: world.account(account).privateKey },
    });
  const model = (...args: readonly string[]) => as(OWNER, "model", ...args);
  const id = () => modelId.toString();
  const terms = async (): Promise<Terms> => (await getModel(world.provider, world.deployment.contracts, modelId)).terms;

  before(async () => {
    home = await temporaryHome();
    world = await sharedWorld();
    writeDeployment(at("deployments"), world.deployment);
    modelId = await world.publish(world.echo);
    const { abi, bytecode } = readArtifact("testing/PermitToken");
    const deployed = await new ContractFactory(abi, bytecode, world.owner).deploy();
    await deployed.waitForDeployment();
    token = (await deployed.getAddress()) as Hex;
  });
  after(() => home.remove());

  it("the price: one part, both, in a token with its decimals, in ether again", async () => {
    const fee = 10n ** 15n;
    expect((await model("price", id(), "--owner", "0.002")).code).to.equal(0);
    expect(await terms()).to.deep.equal({ token: ETHER, modelFee: 2n * fee, nodeFee: 2n * fee });
    expect((await model("price", id(), "--node", "0.0005", "--owner", "0")).code).to.equal(0);
    expect(await terms()).to.deep.equal({ token: ETHER, modelFee: 0n, nodeFee: fee / 2n });

    expect(errorOf(await model("price", id())).code).to.equal("USAGE");
    expect(errorOf(await model("price", id(), "--owner", "1", "--token", token)).code).to.equal("USAGE");
    const nowhere = await model("price", id(), "--owner", "1", "--node", "1", "--token", world.owner.address);
    expect(nowhere.code).to.equal(1);
    expect(await terms()).to.deep.equal({ token: ETHER, modelFee: 0n, nodeFee: fee / 2n });

    expect((await model("price", id(), "--owner", "2", "--node", "0.5", "--token", token)).code).to.equal(0);
    expect(await terms()).to.deep.equal({ token, modelFee: 2n * 10n ** 18n, nodeFee: 10n ** 18n / 2n });
    const status = await runHere(
      ["model", "status", id(), "--rpc", world.chain.url, "--deployment", at("deployments")],
      {},
    );
    expect(status.stdout).to.match(/2 PERMIT \(0x.*\) to the owner, 0\.5 PERMIT/);
    expect((await model("price", id(), "--owner", "0.001", "--node", "0.002", "--token", "ether")).code).to.equal(0);
    expect(await terms()).to.deep.equal({ token: ETHER, modelFee: fee, nodeFee: 2n * fee });
    const other = await as(BUYER, "model", "price", id(), "--owner", "0");
    expect(errorOf(other).code).to.equal("MODEL_REGISTRY_NOT_OWNER");
  });

  it("who serves it no longer", async () => {
    const { provider, deployment, node, blobs } = world;
    const { contracts } = deployment;
    const address = node.address as Hex;
    expect(errorOf(await model("revoke", id(), address)).code).to.equal("NOT_AUTHORISED");
    await world.serve(modelId);
    const revoked = JSON.parse((await model("revoke", id(), address)).stdout) as { revoked: { version: number }[] };
    expect(revoked.revoked.map(({ version }) => version)).to.deep.equal([1]);
    expect(await getGrant(provider, contracts, modelId, 1, address)).to.equal(undefined);
    expect((await getMembership(provider, contracts, modelId, 1, address))?.untilEpoch).to.be.a("number");
    expect(errorOf(await model("revoke", id(), address, "--of", "1")).code).to.equal("NOT_AUTHORISED");

    const grant = { envelopeRoot: `0x${"ee".repeat(32)}` as const, envelopeUri: blobs.url };
    await (await authoriseNode(world.owner, contracts, modelId, 1, address, grant)).wait();
    const other = await as(BUYER, "model", "revoke", id(), address);
    expect(errorOf(other).code).to.equal("MODEL_ACCESS_NOT_OWNER");
  });

  it("what it earned is taken out, in ether and in a token", async () => {
    const { provider, deployment } = world;
    const { contracts } = deployment;
    const address = world.owner.address as Hex;
    expect(errorOf(await model("withdraw", "--token", token)).code).to.equal("NOTHING_TO_WITHDRAW");
    const balances = contractAt(world.owner, contracts, "balances");
    await (await balances.getFunction("deposit").send(address, { value: 12_345n })).wait();
    const tokens = new ContractFactory(readArtifact("testing/PermitToken").abi, "0x", world.owner).attach(token);
    await (await tokens.getFunction("approve").send(contracts.balances, 777n)).wait();
    await (await balances.getFunction("depositToken").send(token, address, 777n)).wait();
    const had = await getTokenBalance(provider, token, address);

    const amountOf = ({ stdout }: Ran) => BigInt((JSON.parse(stdout) as { amount: string }).amount);
    expect(amountOf(await model("withdraw", "--token", token))).to.equal(777n);
    expect((await getTokenBalance(provider, token, address)) - had).to.equal(777n);
    expect(amountOf(await model("withdraw")) >= 12_345n).to.equal(true);
    expect(await getBalance(provider, contracts, ETHER, address)).to.equal(0n);
    expect(errorOf(await model("withdraw")).code).to.equal("NOTHING_TO_WITHDRAW");
  });

  it("whose it is: given by its owner alone, once that was said twice, and not to what cannot hold it", async () => {
    const { provider, deployment } = world;
    const ownerNow = async () => (await getModel(provider, deployment.contracts, modelId)).owner;
    const to = world.account(BUYER).address;
    expect(errorOf(await model("transfer", id(), to)).code).to.equal("NOT_AGREED");
    expect(errorOf(await as(BUYER, "model", "transfer", id(), to, "--yes")).code).to.equal("NOT_THE_OWNER");
    expect((await model("transfer", id(), deployment.contracts.hub, "--yes")).code).to.equal(1);
    expect(await ownerNow()).to.equal(world.owner.address);
    expect((await model("transfer", id(), to, "--yes")).code).to.equal(0);
    expect(await ownerNow()).to.equal(to);
    expect(errorOf(await model("price", id(), "--owner", "1")).code).to.equal("MODEL_REGISTRY_NOT_OWNER");
    expect((await as(BUYER, "model", "price", id(), "--owner", "1")).code).to.equal(0);
  });
});
