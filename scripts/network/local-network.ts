/**
 * Everything Cloakwork is, on one machine: a chain, the contracts, a node, the digits model sealed to it. Real throughout; only the accounts are
 * known to everybody. `npm run demo`, `npm start` and the end-to-end tests stand on it.
 */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { Wallet, type JsonRpcProvider } from "ethers";
import type { DestinationStream } from "pino";

import { getServingNodes } from "../../offchain/chain/access.ts";
import { writeDeployment } from "../../offchain/chain/node/deployment-file.ts";
import { openProvider } from "../../offchain/chain/provider.ts";
import type { Deployment, Hex } from "../../offchain/chain/types.ts";
import { CloakworkError } from "../../offchain/errors.ts";
import { loadNodeConfig, type NodeConfigInput } from "../../offchain/node/config.ts";
import type { EngineName } from "../../offchain/node/evaluation/evaluator.ts";
import { startNode, type RunningNode } from "../../offchain/node/daemon.ts";
import type { NodeIdentity } from "../../offchain/node/identity.ts";
import { publishModel } from "../../offchain/publisher/publish.ts";
import { RecordFiles } from "../../offchain/publisher/record-files.ts";
import type { Published, PublishEvent } from "../../offchain/publisher/types.ts";
import { generateNodeKey, importNodeKey } from "../../offchain/sealing/node-key.ts";
import { HttpStore } from "../../offchain/storage/http-store.ts";
import { deployCloakwork } from "../deploy/deploy-cloakwork.ts";
import type { DeploymentParameters } from "../deploy/parameters.ts";
import { startLocalChain, type LocalAccount, type LocalChain } from "../local-chain.ts";
import { digitsRequest } from "./digits-model.ts";

export interface LocalNetworkOptions {
  /** Folder for the node's data, the publisher's records and the deployment file. */
  readonly folder: string;
  /** Port of the chain; a free one when omitted. */
  readonly chainPort?: number;
  /** The chain it stands on, stopped with it; one inside this process when omitted. */
  readonly chain?: LocalChain;
  /** Held-out digits measured under encryption before publishing. */
  readonly samples: number;
  /** What evaluates: the SIMD kernel, on the plan compiled for it, or node-seal, on a plan it speaks. `simd` when omitted. */
  readonly engine?: EngineName;
  readonly parameters?: DeploymentParameters;
  /** Nodes that serve the model, at most 7; one when omitted. Settings are those of all of them. */
  readonly nodes?: number;
  readonly node?: NodeConfigInput;
  readonly nodeLog?: DestinationStream;
  readonly onStep?: (step: NetworkStep) => void;
  readonly signal?: AbortSignal;
}

/** What is being done, for a person who waits. */
export interface NetworkStep {
  readonly name: "chain" | "contracts" | "node" | "publish" | "serve";
  readonly state: "active" | "done";
  readonly detail: string;
}

export interface LocalNetwork {
  readonly chain: LocalChain;
  readonly provider: JsonRpcProvider;
  readonly deployment: Deployment;
  readonly accounts: {
    readonly deployer: LocalAccount;
    readonly operator: LocalAccount;
    readonly owner: LocalAccount;
    readonly users: readonly LocalAccount[];
  };
  readonly published: Published;
  readonly identity: NodeIdentity;
  /** The running node; replaced by `restartNode`. */
  readonly node: () => RunningNode;
  /** Starts the node again after it was stopped, on the same folder, and with another engine if one is named. */
  readonly restartNode: (engine?: EngineName) => Promise<RunningNode>;
  readonly stop: () => Promise<void>;
}

/** Seconds to wait until the published model is served. */
const SERVE_SECONDS = 60;

/** @throws CloakworkError of whatever could not start; what had started is stopped then */
export async function startLocalNetwork(options: LocalNetworkOptions): Promise<LocalNetwork> {
  const { folder, signal } = options;
  const step = (name: NetworkStep["name"], state: NetworkStep["state"], detail: string): void =>
    options.onStep?.({ name, state, detail });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await using stack = new AsyncDisposableStack();

  step("chain", "active", "Starting a local chain");
  const chain =
    options.chain ?? (await startLocalChain(options.chainPort === undefined ? {} : { port: options.chainPort }));
  stack.defer(() => chain.stop());
  const provider = await openProvider(chain.url, chain.chainId);
  stack.defer(() => {
    provider.destroy();
  });
  const others = (options.nodes ?? 1) - 1;
  const [deployer, operator, owner, ...rest] = chain.accounts;
  const [users, operators] = [rest.slice(0, rest.length - others), rest.slice(rest.length - others)];
  step("chain", "done", `A local chain listens on ${chain.url}.`);

  signal?.throwIfAborted();
  step("contracts", "active", "Deploying the contracts");
  const deployment = await deployCloakwork(new Wallet(deployer.privateKey, provider), {
    ...(options.parameters ? { parameters: options.parameters } : {}),
    ...(signal ? { signal } : {}),
  });
  writeDeployment(path.join(folder, "deployments"), deployment);
  step("contracts", "done", `The hub is at ${deployment.contracts.hub}.`);

  signal?.throwIfAborted();
  step("node", "active", "Starting a node");
  const identityOf = async ({ privateKey }: LocalAccount): Promise<NodeIdentity> => ({
    account: new Wallet(privateKey),
    encryption: await importNodeKey(await generateNodeKey()),
  });
  const start = (name: string, identity: NodeIdentity, port: number, engine?: EngineName): Promise<RunningNode> =>
    startNode({
      config: loadNodeConfig({
        rpc: chain.url,
        data: path.join(folder, name),
        pollMs: 250,
        grantsMs: 500,
        logLevel: "info",
        engine: options.engine ?? "simd",
        ...options.node,
        ...(engine ? { engine } : {}),
        port,
      }),
      deployment,
      identity,
      ...(options.nodeLog ? { logTo: options.nodeLog } : {}),
    });
  const identity = await identityOf(operator);
  let node = await start("node", identity, 0);
  const port = Number(new URL(node.address).port);
  stack.defer(() => node.stop());
  step("node", "done", `A node listens on ${node.address}.`);
  const serving = [node.node];
  for (const [index, account] of operators.entries()) {
    signal?.throwIfAborted();
    const other = await start(`node-${index + 2}`, await identityOf(account), 0);
    stack.defer(() => other.stop());
    serving.push(other.node);
    step("node", "done", `Another node listens on ${other.address}.`);
  }

  signal?.throwIfAborted();
  step("publish", "active", "Publishing the digits model");
  const published = await publishModel(
    { ...digitsRequest(options.samples, options.engine), nodes: serving },
    {
      signer: new Wallet(owner.privateKey, provider),
      deployment,
      store: new HttpStore({ endpoints: [node.address] }),
      uri: node.address,
      records: new RecordFiles(path.join(folder, "publications")),
      owner: await importNodeKey(await generateNodeKey()),
    },
    {
      ...(signal ? { signal } : {}),
      onEvent: (event: PublishEvent) => {
        step("publish", "active", event.detail);
      },
    },
  );
  step("publish", "done", `Model ${published.modelId} version ${published.version} is on chain.`);

  const [who, verb] = serving.length === 1 ? ["The node", "serves"] : [`All ${serving.length} nodes`, "serve"];
  step("serve", "active", `Waiting until ${who.toLowerCase()} ${verb} the model`);
  for (const one of serving) await untilServed(provider, deployment, published, one, signal);
  step("serve", "done", `${who} ${verb} the model.`);

  const resources = stack.move();
  let stopped: Promise<void> | undefined;
  return {
    chain,
    provider,
    deployment,
    accounts: { deployer, operator, owner, users },
    published,
    identity,
    node: () => node,
    restartNode: async (engine) => (node = await start("node", identity, port, engine)),
    stop: () => (stopped ??= resources.disposeAsync()),
  };
}

async function untilServed(
  provider: JsonRpcProvider,
  { contracts }: Deployment,
  { modelId, version }: Published,
  node: Hex,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let waited = 0; waited < SERVE_SECONDS * 1000; waited += 250) {
    const serving = await getServingNodes(provider, contracts, modelId, version);
    if (serving.some((one) => one.node.toLowerCase() === node.toLowerCase())) return;
    await sleep(250, undefined, signal ? { signal } : {});
  }
  throw new CloakworkError(
    "NETWORK_NOT_SERVED",
    `The node does not serve the model after ${SERVE_SECONDS} s.`,
    "Read the node's log for the reason.",
  );
}
