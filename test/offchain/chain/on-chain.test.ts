import { expect } from "chai";
import { BrowserProvider, type Eip1193Provider, type JsonRpcProvider, NonceManager, parseEther, Wallet } from "ethers";

import { authoriseNode, getEpoch, getServingNodes, joinModel } from "../../../offchain/chain/access.ts";
import { getBalance, withdraw } from "../../../offchain/chain/balances.ts";
import { bindingDigest } from "../../../offchain/chain/bindings.ts";
import { acceptDuty, assignRequest, postResult, settleRequest } from "../../../offchain/chain/duties.ts";
import { registerKeySet } from "../../../offchain/chain/keys.ts";
import { registerModel } from "../../../offchain/chain/models.ts";
import { registerNode } from "../../../offchain/chain/nodes.ts";
import { openProvider, openWallet } from "../../../offchain/chain/provider.ts";
import { findRequestEvent } from "../../../offchain/chain/request-events.ts";
import { getQuote, getRequest, requestInference } from "../../../offchain/chain/requests.ts";
import {
  type Deployment,
  ETHER,
  type Hex,
  type RequestEvent,
  type RequestParams,
} from "../../../offchain/chain/types.ts";
import { watchRequests } from "../../../offchain/chain/watch.ts";
import { CloakworkError } from "../../../offchain/errors.ts";
import { type LocalChain, startLocalChain } from "../../../scripts/local-chain.ts";
import { deployCloakwork } from "../../../scripts/deploy/deploy-cloakwork.ts";
import { blobRoot, bytes32, encryptionKey } from "../../contracts/support/values.ts";

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof CloakworkError) return error.code;
    throw error;
  }
  return "nothing was thrown";
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until a condition holds, at most 20 s. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await condition()) return;
    await pause(100);
  }
  throw new Error("it did not come to that within 20 s");
}

describe("typed access, over a real local chain", function () {
  this.timeout(60_000);
  let chain: LocalChain;
  let provider: JsonRpcProvider;
  let deployment: Deployment;

  before(async () => {
    chain = await startLocalChain();
    provider = await openProvider(chain.url, 31337);
    deployment = await deployCloakwork(new Wallet(chain.accounts[0].privateKey, provider));
  });

  after(async () => {
    provider.destroy();
    await chain.stop();
  });

  it("carries a request from its price to the money withdrawn, as a watcher sees it", async () => {
    const { contracts } = deployment;
    const [owner, node, user] = [1, 2, 3].map(
      (i) => new NonceManager(new Wallet(chain.accounts[i].privateKey, provider)),
    );
    const nodeAddress = chain.accounts[2].address;
    const paramsDigest = bytes32("params");
    const registered = await registerModel(
      owner,
      contracts,
      { token: ETHER, modelFee: 3n, nodeFee: 5n },
      {
        noiseRoot: bytes32("noise"),
        manifestRoot: bytes32("manifest"),
        manifestUri: "https://m",
        plans: [
          {
            planDigest: bytes32("plan"),
            weightsRoot: bytes32("weights"),
            packageRoot: bytes32("package"),
            paramsDigest,
            semantics: "seal-4.1",
            units: 1,
          },
        ],
      },
    );
    const { modelId } = await registered.wait();
    const stake = parseEther("1");
    await (
      await registerNode(node, contracts, { encryptionKey: encryptionKey(3), endpoint: "http://n", stake })
    ).wait();
    const grant = { envelopeRoot: bytes32("envelope"), envelopeUri: "https://e" };
    await (await authoriseNode(owner, contracts, modelId, 1, nodeAddress, grant)).wait();
    const { fromEpoch } = await (await joinModel(node, contracts, modelId, 1, parseEther("0.01"))).wait();
    await until(async () => (await getEpoch(provider, contracts)).epoch >= fromEpoch);
    await until(async () => (await getServingNodes(provider, contracts, modelId, 1)).length === 1);

    const packs = [{ blobRoot: bytes32("pack"), residuesRoot: bytes32("pack residues"), size: 10 }];
    const content = {
      salt: bytes32("salt"),
      paramsDigest,
      packs,
      compactPublicKeyRoot: bytes32("cpk"),
      uri: "https://k",
    };
    const { keySetId } = await (await registerKeySet(user, contracts, content)).wait();

    const events: RequestEvent[] = [];
    const controller = new AbortController();
    const watching = watchRequests(
      provider,
      contracts.hub,
      deployment.fromBlock,
      (event) => void events.push(event),
      controller.signal,
      {
        pollMs: 50,
      },
    );
    const price = await getQuote(provider, contracts, modelId, 1, 0);
    expect([price.modelFee, price.nodeFee, price.auditFee, price.total]).to.deep.equal([3n, 5n, 1n, 9n]);
    const params: RequestParams = {
      modelId,
      version: 1,
      planIndex: 0,
      replicas: 1,
      keySetId,
      input: { blobRoot: bytes32("in"), residuesRoot: bytes32("in residues"), size: 9, uri: "https://i" },
      token: ETHER,
      maxFee: price.total,
      deadline: (await provider.getBlock("latest"))!.timestamp + 600,
    };
    const sent = await requestInference(user, contracts, params, price);
    const { requestId, gasUsed } = await sent.wait();
    expect(gasUsed).to.be.greaterThan(100_000n);

    // Blocks come by themselves, so the draw is decided by waiting.
    await until(
      async () => (await provider.getBlockNumber()) > (await getRequest(provider, contracts, requestId)).drawRound,
    );
    await (await assignRequest(node, contracts, requestId)).wait();
    const requested = await findRequestEvent(provider, contracts.hub, requestId, 0, "requested");
    const binding = bindingDigest(deployment.chainId, contracts.hub, requested!.binding);
    await (await acceptDuty(node, contracts, requestId, binding)).wait();
    const data = Uint8Array.of(1, 2, 3);
    await (
      await postResult(node, contracts, requestId, { kind: 0, size: 3, digest: blobRoot(data), data: "0x010203" })
    ).wait();
    await (await settleRequest(user, contracts, requestId)).wait();
    expect((await getRequest(provider, contracts, requestId)).state).to.equal("settled");

    await until(() => Promise.resolve(events.length >= 5));
    controller.abort();
    await watching;
    expect(events.map(({ type }) => type)).to.deep.equal(["requested", "assigned", "accepted", "posted", "settled"]);
    expect(await getBalance(provider, contracts, ETHER, nodeAddress)).to.equal(5n);
    await (await withdraw(node, contracts, ETHER, "0x00000000000000000000000000000000000a11ce", 5n)).wait();
    expect(await provider.getBalance("0x00000000000000000000000000000000000a11ce")).to.equal(5n);
  });

  it("decodes a refusal before anything is sent", async () => {
    const { contracts } = deployment;
    const user = new Wallet(chain.accounts[3].privateKey, provider);
    const nonce = await user.getNonce();
    expect(await codeOf(assignRequest(user, contracts, 99n))).to.equal("INFERENCE_HUB_WRONG_STATE");
    expect(await codeOf(getQuote(provider, contracts, 99n, 1, 0))).to.equal("MODEL_REGISTRY_UNKNOWN_MODEL");
    expect(await user.getNonce()).to.equal(nonce);
  });

  it("notices an account without money", async () => {
    const poor = Wallet.createRandom(provider);
    const node = { encryptionKey: encryptionKey(3), endpoint: "http://n", stake: parseEther("1") };
    expect(await codeOf(registerNode(poor, deployment.contracts, node))).to.equal("INSUFFICIENT_FUNDS");
  });

  it("notices an address without a contract", async () => {
    const hub: Hex = `0x${"12".repeat(20)}`;
    expect(await codeOf(getRequest(provider, { ...deployment.contracts, hub }, 1n))).to.equal("NOT_THE_CONTRACT");
  });

  it("notices the wrong chain and a chain that is not there", async () => {
    expect(await codeOf(openProvider(chain.url, 1))).to.equal("WRONG_CHAIN");
    expect(await codeOf(openProvider("http://127.0.0.1:9", 1))).to.equal("RPC_UNREACHABLE");
    const wallet: Eip1193Provider = {
      request: ({ method, params }) => provider.send(method, (params ?? []) as unknown[]),
    };
    expect(await codeOf(openWallet(wallet, 1))).to.equal("WRONG_CHAIN");
    const opened = await openWallet(wallet, 31337);
    expect(opened).to.be.instanceOf(BrowserProvider);
    opened.destroy();
  });

  it("says when a wallet's owner says no", async () => {
    const wallet: Eip1193Provider = {
      request: ({ method, params }) =>
        method === "eth_sendTransaction"
          ? Promise.reject(Object.assign(new Error("User rejected the request."), { code: 4001 }))
          : provider.send(method, (params ?? []) as unknown[]),
    };
    const opened = await openWallet(wallet, 31337);
    const signer = await opened.getSigner();
    const node = { encryptionKey: encryptionKey(3), endpoint: "http://n", stake: parseEther("1") };
    expect(await codeOf(registerNode(signer, deployment.contracts, node))).to.equal("WALLET_REJECTED");
    opened.destroy();
  });
});
