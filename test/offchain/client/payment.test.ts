import { expect } from "chai";
import { Contract, ContractFactory } from "ethers";

import { setTerms } from "../../../offchain/chain/models.ts";
import { setTokenAccepted } from "../../../offchain/chain/nodes.ts";
import { getQuote, getRequest, getRequestCount } from "../../../offchain/chain/requests.ts";
import { getAllowance, getTokenBalance } from "../../../offchain/chain/tokens.ts";
import { ETHER, type Hex } from "../../../offchain/chain/types.ts";
import { getModelCard } from "../../../offchain/client/catalogue.ts";
import { infer } from "../../../offchain/client/infer.ts";
import { balanceOf, refund, withdrawAll } from "../../../offchain/client/request-actions.ts";
import type { Replicas, TimelineEvent } from "../../../offchain/client/types.ts";
import { ownRequests } from "../../../offchain/client/vault-requests.ts";
import { readArtifact } from "../../../scripts/deploy/artifacts.ts";
import { priceFor } from "../../../web/lib/replicas.ts";
import { failure } from "../sealing/helpers.ts";
import { serveRequest } from "./stand-in-node.ts";
import { startWorld, type World } from "./world.ts";

const VALUES = [0, 1, 2, 3, 4, 5, 4, 3, 2, 1];
type Client = Awaited<ReturnType<World["client"]>>;

describe("paying for a request, over a real chain", function () {
  this.timeout(120_000);
  let world: World;
  let client: Client;
  let token: Hex;
  let tokens: Contract;

  const quote = (replicas: Replicas = 1) =>
    getQuote(world.provider, world.deployment.contracts, world.modelId, 1, 0, replicas);
  const input = async (replicas: Replicas = 1) => ({
    modelId: world.modelId,
    version: 1,
    planIndex: 0,
    values: VALUES,
    price: await quote(replicas),
    replicas,
  });

  before(async () => {
    // Its own world: the model's terms change, and time passes.
    world = await startWorld();
    client = await world.client();
    const { abi, bytecode } = readArtifact("testing/PermitToken");
    const deployed = await new ContractFactory(abi, bytecode, world.owner).deploy();
    await deployed.waitForDeployment();
    token = (await deployed.getAddress()) as Hex;
    tokens = new Contract(token, abi, world.owner);
  });
  after(() => world[Symbol.asyncDispose]());

  it("asks for no more nodes than serve the model", async () => {
    await failure(infer(client, await input(3)), "TOO_FEW_NODES");
    expect(client.wallet.sent).to.deep.equal([]);
  });

  it("agrees with the contract on what several nodes cost", async () => {
    const single = await quote();
    for (const replicas of [3, 5, 7] as const) expect(priceFor(single, replicas)).to.deep.equal(await quote(replicas));
  });

  it("refuses the price of another number of nodes", async () => {
    await failure(infer(client, { ...(await input(3)), replicas: 1 }), "PRICE_CHANGED");
  });

  describe("in a token", () => {
    before(async () => {
      const terms = { token, modelFee: 100n, nodeFee: 200n };
      await (await setTerms(world.owner, world.deployment.contracts, world.modelId, terms)).wait();
    });

    it("shows what the token calls itself, beside the price", async () => {
      const card = await getModelCard(client, world.modelId);
      expect(card.token).to.deep.equal({ symbol: "PERMIT", decimals: 18 });
      expect(card.prices?.[0]).to.include({ token, modelFee: 100n, nodeFee: 200n });
    });

    it("refuses an account with too few of them before anything is sent", async () => {
      await failure(infer(client, await input()), "TOO_FEW_TOKENS");
      expect(client.wallet.sent).to.deep.equal([]);
    });

    it("is refused before anything is sent while no node takes the token", async () => {
      await (await tokens.getFunction("transfer").send(client.wallet.address, 10_000n)).wait();
      const takers = async () => (await getModelCard(client, world.modelId)).nodes?.map(({ canTake }) => canTake);
      const error = await failure(infer(client, await input()), "NO_NODES");
      expect(error.message).to.include("take no fees in the model's token");
      expect(client.wallet.sent).to.deep.equal([]);
      expect(await takers()).to.deep.equal([false]);
      await (await setTokenAccepted(world.node, world.deployment.contracts, token, true)).wait();
      expect(await takers()).to.deep.equal([true]);
    });

    it("lets the hub take exactly the price, once, and carries the request to its answer", async () => {
      const price = await quote();
      const told: TimelineEvent[] = [];
      const before = await getRequestCount(world.provider, world.deployment.contracts);
      const serving = (async () => {
        while ((await getRequestCount(world.provider, world.deployment.contracts)) === before)
          await new Promise((resolve) => setTimeout(resolve, 100));
        await serveRequest(world, world.echo, before + 1n);
      })();
      const [inference] = await Promise.all([
        infer(client, await input(), { onEvent: (event) => told.push(event) }),
        serving,
      ]);
      expect(inference.settled).to.equal(true);
      inference.answer.values.forEach((value, k) => {
        expect(Math.abs(value - VALUES[k])).to.be.at.most(inference.answer.errorBound + inference.answer.step / 2);
      });
      expect(told.some(({ step, detail }) => step === "pay" && /token/.test(detail))).to.equal(true);
      const { hub } = world.deployment.contracts;
      expect(await getAllowance(world.provider, token, client.wallet.address, hub), "nothing is left allowed").to.equal(
        0n,
      );
      expect(await getTokenBalance(world.provider, token, client.wallet.address)).to.equal(10_000n - price.total);
    });

    /** Asks and goes away once it is paid for. @returns the request's id */
    async function payAndLeave(): Promise<bigint> {
      const stop = new AbortController();
      const onEvent = ({ step, state }: TimelineEvent) => {
        if (step === "pay" && state === "done") stop.abort(new Error("paid"));
      };
      const before = await getRequestCount(world.provider, world.deployment.contracts);
      await infer(client, await input(), { signal: stop.signal, onEvent }).catch(() => undefined);
      expect(await getRequestCount(world.provider, world.deployment.contracts)).to.equal(before + 1n);
      return before + 1n;
    }

    it("pays in one transaction with a signature where the token takes one", async () => {
      const { hub } = world.deployment.contracts;
      const sent = client.wallet.sent.length;
      const signed: string[] = [];
      client.wallet.sign = ({ primaryType, domain }) => {
        signed.push(`${primaryType} ${domain.verifyingContract?.toLowerCase() ?? ""}`);
      };
      await payAndLeave();
      client.wallet.sign = () => undefined;
      expect(signed).to.deep.equal([`Permit ${token.toLowerCase()}`]);
      expect(client.wallet.sent.slice(sent).map(({ transaction }) => transaction.to)).to.deep.equal([hub]);
    });

    it("asks for an allowance where the wallet signs no typed data", async () => {
      const { hub } = world.deployment.contracts;
      const sent = client.wallet.sent.length;
      client.wallet.sign = () => {
        throw Object.assign(new Error("unsupported"), { code: 4200 });
      };
      await payAndLeave();
      client.wallet.sign = () => undefined;
      expect(client.wallet.sent.slice(sent).map(({ transaction }) => transaction.to)).to.deep.equal([token, hub]);
      expect(await getAllowance(world.provider, token, client.wallet.address, hub)).to.equal(0n);
    });

    it("says so when the wallet declines to let it, and remembers no request", async () => {
      const before = (await ownRequests(client.vault, world.deployment)).length;
      client.wallet.sign = () => {
        throw Object.assign(new Error("no"), { code: 4001 });
      };
      await failure(infer(client, await input()), "WALLET_REJECTED");
      client.wallet.sign = () => undefined;
      expect(await ownRequests(client.vault, world.deployment)).to.have.length(before);
    });

    it("gives them back after the deadline, into the wallet", async () => {
      const { total } = await quote();
      const had = await getTokenBalance(world.provider, token, client.wallet.address);
      const requestId = await payAndLeave();
      expect((await getRequest(world.provider, world.deployment.contracts, requestId)).token).to.equal(token);
      await world.provider.send("evm_increaseTime", [3_600]);
      await world.provider.send("hardhat_mine", ["0x1"]);
      expect(await refund(client, requestId)).to.include({ amount: total, token });
      expect(await balanceOf(client, token)).to.equal(total);
      expect(await balanceOf(client, ETHER)).to.equal(0n);
      await withdrawAll(client, token);
      expect(await getTokenBalance(world.provider, token, client.wallet.address)).to.equal(had);
      await failure(withdrawAll(client, token), "NOTHING_TO_WITHDRAW");
    });
  });
});
