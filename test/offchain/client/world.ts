/** A real local chain with a real deployment, a real blob server, and a model that echoes. Only the node is a stand-in, so that it can misbehave. */
import { Wallet } from "ethers";

import { authoriseNode, getEpoch, getMinimumBond, joinModel } from "../../../offchain/chain/access.ts";
import { registerModel } from "../../../offchain/chain/models.ts";
import { getStakeRules, registerNode } from "../../../offchain/chain/nodes.ts";
import { openProvider } from "../../../offchain/chain/provider.ts";
import { ETHER, type Deployment, type Hex, type PlanRef, type VersionContent } from "../../../offchain/chain/types.ts";
import type { ClientContext, WalletPort, WalletTransaction, WalletTypedData } from "../../../offchain/client/types.ts";
import { localWallet } from "../../../offchain/client/local-wallet.ts";
import type { VaultStore } from "../../../offchain/client/vault/store.ts";
import { Vault } from "../../../offchain/client/vault/vault.ts";
import { blobRoot } from "../../../offchain/digest/merkle.ts";
import { paramsDigest } from "../../../offchain/fhe/ckks/parameters.ts";
import { encodeManifest, type Manifest } from "../../../offchain/sealing/manifest.ts";
import { generateNodeKey, importNodeKey } from "../../../offchain/sealing/node-key.ts";
import type { FileStore } from "../../../offchain/storage/file-store.ts";
import { deployCloakwork } from "../../../scripts/deploy/deploy-cloakwork.ts";
import { startLocalChain, type LocalAccount, type LocalChain } from "../../../scripts/local-chain.ts";
import { Servers } from "../storage/servers.ts";
import { echoPlan, type EchoPlan } from "./echo-plan.ts";

const ROOT = (byte: string): Hex => `0x${byte.repeat(32)}`;

/** Keeps a vault in memory: what the stores' own tests cover is left out here. */
export class MemoryStore implements VaultStore {
  #held: { bytes: Uint8Array; revision: string } | undefined;
  writes = 0;

  read(): ReturnType<VaultStore["read"]> {
    return Promise.resolve(this.#held);
  }

  write(bytes: Uint8Array, expected: string | undefined): Promise<boolean> {
    if (this.#held?.revision !== expected) return Promise.resolve(false);
    this.#held = { bytes, revision: String(++this.writes) };
    return Promise.resolve(true);
  }
}

/** A wallet of a local account, whose behaviour a test can change. */
export class TestWallet implements WalletPort {
  readonly address: Hex;
  readonly #wallet: Wallet;
  readonly sent: { readonly transaction: WalletTransaction; readonly hash: Hex }[] = [];
  /** Called before each transaction; may throw what a wallet throws. */
  before: (transaction: WalletTransaction) => Promise<void> | void = () => undefined;
  /** Called before each signature; may throw what a wallet throws. */
  sign: (typed: WalletTypedData) => Promise<void> | void = () => undefined;
  /** Called after each; may throw as a connection that broke does. */
  after: (hash: Hex) => Promise<void> | void = () => undefined;
  chain: number;

  constructor(wallet: Wallet, chainId: number) {
    this.#wallet = wallet;
    this.address = wallet.address as Hex;
    this.chain = chainId;
  }

  chainId(): Promise<number> {
    return Promise.resolve(this.chain);
  }

  async sendTransaction(transaction: WalletTransaction): Promise<Hex> {
    await this.before(transaction);
    const { to, data, value } = transaction;
    const { hash } = await this.#wallet.sendTransaction({ to, data, value });
    this.sent.push({ transaction, hash: hash as Hex });
    await this.after(hash as Hex);
    return hash as Hex;
  }

  async signTypedData(typed: WalletTypedData): Promise<Hex> {
    await this.sign(typed);
    return await localWallet(this.#wallet).signTypedData(typed);
  }
}

export interface World extends AsyncDisposable {
  readonly chain: LocalChain;
  readonly provider: Awaited<ReturnType<typeof openProvider>>;
  readonly deployment: Deployment;
  readonly servers: Servers;
  /** The node's blob server. */
  readonly blobs: { readonly url: string; readonly store: FileStore };
  readonly owner: Wallet;
  readonly node: Wallet;
  readonly echo: EchoPlan;
  readonly modelId: bigint;
  readonly manifest: Manifest;
  /** Registers a model with the manifest changed; not served by anybody. */
  readonly publish: (plan: EchoPlan, change?: (manifest: Manifest) => Manifest) => Promise<bigint>;
  /** Lets the node serve a model from the next epoch on, and waits for it. */
  readonly serve: (modelId: bigint) => Promise<void>;
  /** A client with a fresh vault, and the account's wallet. */
  readonly client: (
    account?: number,
  ) => Promise<ClientContext & { readonly wallet: TestWallet; readonly store: MemoryStore }>;
  readonly account: (index: number) => LocalAccount;
}

/** Starts everything; takes a few seconds. */
export async function startWorld(): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const chain = await startLocalChain();
  stack.defer(() => chain.stop());
  const provider = await openProvider(chain.url, chain.chainId);
  stack.defer(() => {
    provider.destroy();
  });
  const wallet = (index: number) => new Wallet(chain.accounts[index].privateKey, provider);
  const [deployer, owner, node] = [wallet(0), wallet(1), wallet(2)];
  const deployment = await deployCloakwork(deployer);
  const { contracts } = deployment;
  const servers = new Servers();
  stack.defer(() => servers.stop());
  const blobs = await servers.blobs({ maxBytes: 40_000_000 });

  const { minimumStake } = await getStakeRules(provider, contracts);
  const key = await importNodeKey(await generateNodeKey());
  const registration = { encryptionKey: key.publicKey.point, endpoint: blobs.url, stake: minimumStake };
  await (await registerNode(node, contracts, registration)).wait();

  const publish: World["publish"] = async (plan, change = (same) => same) => {
    const manifest = change(manifestOf(plan));
    const content = versionOf(plan, manifest, blobs.url);
    await blobs.store.put(plan.bytes);
    await blobs.store.put(encodeManifest(manifest));
    const terms = { token: ETHER, modelFee: 10n ** 15n, nodeFee: 2n * 10n ** 15n };
    const { modelId } = await (await registerModel(owner, contracts, terms, content)).wait();
    return modelId;
  };
  const serve: World["serve"] = async (modelId) => {
    const grant = { envelopeRoot: ROOT("ee"), envelopeUri: blobs.url };
    await (await authoriseNode(owner, contracts, modelId, 1, node.address as Hex, grant)).wait();
    const bond = await getMinimumBond(provider, contracts);
    const { fromEpoch } = await (await joinModel(node, contracts, modelId, 1, bond)).wait();
    for (let i = 0; i < 40 && (await getEpoch(provider, contracts)).epoch < fromEpoch; i++) {
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  };
  const echo = echoPlan();
  const modelId = await publish(echo);
  await serve(modelId);
  const resources = stack.move();
  return {
    chain,
    provider,
    deployment,
    servers,
    blobs,
    owner,
    node,
    echo,
    modelId,
    manifest: manifestOf(echo),
    publish,
    serve,
    account: (index) => chain.accounts[index],
    client: async (index = 5) => {
      const store = new MemoryStore();
      const vault = await Vault.create(store, "correct horse battery staple");
      return {
        provider,
        deployment,
        endpoints: [],
        vault,
        store,
        wallet: new TestWallet(wallet(index), chain.chainId),
      };
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** A manifest for a plan that echoes. */
export function manifestOf({ plan, bytes, digest }: EchoPlan): Manifest {
  const { keyBytes, inputBytes, resultBytes, errorBound, milliseconds } = plan.estimates;
  return {
    version: 1,
    name: plan.model,
    title: "Echo",
    description: "Gives back what it was given.",
    card: "For tests.",
    license: "Apache-2.0",
    noiseRoot: ROOT("11"),
    plans: [
      {
        digest,
        bytes: bytes.length,
        packageRoot: ROOT("22"),
        packageBytes: 1,
        weightsRoot: ROOT("33"),
        params: plan.params.id,
        paramsDigest: paramsDigest(plan.params),
        semantics: plan.semantics,
        units: 1,
        estimates: { keyBytes, inputBytes, resultBytes, errorBound, milliseconds },
        accuracy: { plain: "1", encrypted: "1", samples: 1, data: "none" },
      },
    ],
    input: {
      description: "Ten numbers.",
      shape: [...plan.inputs[0].layout.shape],
      range: { ...plan.inputs[0].range },
      presentation: { kind: "vector" },
    },
    output: { description: "The same.", labels: [...plan.outputs[0].labels], finish: "softmax" },
  };
}

/** What the chain says of a manifest's version. */
export function versionOf({ plan }: EchoPlan, manifest: Manifest, uri: string): VersionContent {
  const [stated] = manifestOf({ plan, bytes: new Uint8Array(1), digest: manifest.plans[0].digest }).plans;
  const ref: PlanRef = {
    planDigest: stated.digest,
    weightsRoot: stated.weightsRoot,
    packageRoot: stated.packageRoot,
    paramsDigest: stated.paramsDigest,
    semantics: stated.semantics,
    units: 1,
  };
  return { noiseRoot: ROOT("11"), manifestRoot: blobRoot(encodeManifest(manifest)), manifestUri: uri, plans: [ref] };
}

let shared: Promise<World> | undefined;

/** One world for all tests that do not bend time; ends with the run. */
export function sharedWorld(): Promise<World> {
  return (shared ??= startWorld());
}

after(async () => {
  await (await shared)?.[Symbol.asyncDispose]();
});
