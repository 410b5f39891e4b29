/** A chain, the contracts and nodes on one machine, all real: what local networks, tests of several nodes and the soak test stand on. */
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { Wallet, type JsonRpcProvider } from "ethers";
import type { DestinationStream } from "pino";

import { getServingNodes } from "../../offchain/chain/access.ts";
import { openProvider } from "../../offchain/chain/provider.ts";
import type { Deployment, Hex } from "../../offchain/chain/types.ts";
import { CloakworkError } from "../../offchain/errors.ts";
import { loadNodeConfig, type NodeConfigInput } from "../../offchain/node/config.ts";
import { startNode, type NodeOptions, type RunningNode } from "../../offchain/node/daemon.ts";
import type { EngineName } from "../../offchain/node/evaluation/evaluator.ts";
import type { NodeIdentity } from "../../offchain/node/identity.ts";
import { generateNodeKey, importNodeKey } from "../../offchain/sealing/node-key.ts";
import { deployCloakwork } from "../deploy/deploy-cloakwork.ts";
import type { DeploymentParameters } from "../deploy/parameters.ts";
import { startLocalChain, type LocalAccount, type LocalChain } from "../local-chain.ts";

/** Accounts before the nodes': deployer, owner, users. */
const FIRST_NODE = 8;

/** In what one node of a fleet differs from others. */
export interface FleetMember {
  readonly config?: NodeConfigInput;
  /** The account it signs with. */
  readonly account?: (privateKey: string) => Wallet;
  readonly evaluation?: NonNullable<NodeOptions["evaluation"]>;
}

export interface FleetOptions {
  /** Folder for the nodes' data. */
  readonly folder: string;
  /** One a node, at most 12. */
  readonly members: readonly FleetMember[];
  readonly parameters?: DeploymentParameters;
  /** Starts the chain, which is stopped with the rest; one inside this process when omitted. */
  readonly chain?: () => Promise<LocalChain>;
  /** Settings of all nodes. */
  readonly config?: NodeConfigInput;
  readonly log?: DestinationStream;
  readonly onStep?: (step: FleetStep) => void;
  readonly signal?: AbortSignal;
}

/** What is being done, for a person who waits. */
export interface FleetStep {
  readonly name: "chain" | "contracts" | "node";
  readonly state: "active" | "done";
  readonly detail: string;
}

export interface FleetNode {
  readonly address: Hex;
  readonly identity: NodeIdentity;
  /** Where it serves blobs, running or not. */
  readonly endpoint: string;
  /** The running daemon. @throws CloakworkError while it is stopped */
  readonly daemon: () => RunningNode;
  readonly stop: () => Promise<void>;
  /** Starts it again on the same folder and port, with another engine if one is named. */
  readonly start: (engine?: EngineName) => Promise<void>;
}

export interface Fleet extends AsyncDisposable {
  readonly chain: LocalChain;
  readonly provider: JsonRpcProvider;
  readonly deployment: Deployment;
  readonly accounts: {
    readonly deployer: LocalAccount;
    readonly owner: LocalAccount;
    readonly users: readonly LocalAccount[];
  };
  readonly nodes: readonly FleetNode[];
}

/** @throws CloakworkError of whatever could not start; what had started is stopped then */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { signal } = options;
  const step = (name: FleetStep["name"], state: FleetStep["state"], detail: string): void =>
    options.onStep?.({ name, state, detail });
  await using stack = new AsyncDisposableStack();
  step("chain", "active", "Starting a local chain");
  const chain = await (options.chain ?? startLocalChain)();
  stack.defer(() => chain.stop());
  const provider = await openProvider(chain.url, chain.chainId);
  stack.defer(() => {
    provider.destroy();
  });
  const [deployer, owner] = chain.accounts;
  step("chain", "done", `A local chain listens on ${chain.url}.`);

  signal?.throwIfAborted();
  step("contracts", "active", "Deploying the contracts");
  const deployment = await deployCloakwork(new Wallet(deployer.privateKey, provider), {
    ...(options.parameters ? { parameters: options.parameters } : {}),
    ...(signal ? { signal } : {}),
  });
  step("contracts", "done", `The hub is at ${deployment.contracts.hub}.`);

  const nodes: FleetNode[] = [];
  for (const [index, member] of options.members.entries()) {
    signal?.throwIfAborted();
    step("node", "active", index === 0 ? "Starting a node" : "Starting another node");
    const node = await startMember(options, chain, deployment, member, index);
    stack.defer(() => node.stop());
    nodes.push(node);
    step("node", "done", `${index === 0 ? "A node" : "Another node"} listens on ${node.endpoint}.`);
  }
  const resources = stack.move();
  return {
    chain,
    provider,
    deployment,
    accounts: { deployer, owner, users: chain.accounts.slice(2, FIRST_NODE) },
    nodes,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function startMember(
  { folder, config, log }: FleetOptions,
  chain: LocalChain,
  deployment: Deployment,
  member: FleetMember,
  index: number,
): Promise<FleetNode> {
  const { privateKey, address } = chain.accounts[FIRST_NODE + index];
  const identity: NodeIdentity = {
    account: (member.account ?? ((key) => new Wallet(key)))(privateKey),
    encryption: await importNodeKey(await generateNodeKey()),
  };
  const begin = (port: number, engine?: EngineName): Promise<RunningNode> =>
    startNode({
      config: loadNodeConfig({
        rpc: chain.url,
        data: path.join(folder, `node-${index}`),
        pollMs: 200,
        grantsMs: 500,
        // Bonds stay locked until requests are settled.
        stake: "100000000000000000000",
        logLevel: log ? "info" : "silent",
        ...config,
        ...member.config,
        ...(engine ? { engine } : {}),
        port,
      }),
      deployment,
      identity,
      ...(member.evaluation ? { evaluation: member.evaluation } : {}),
      ...(log ? { logTo: log } : {}),
    });
  let running: RunningNode | undefined = await begin(0);
  const endpoint = running.address;
  return {
    address,
    identity,
    endpoint,
    daemon() {
      if (!running) throw new CloakworkError("FLEET_STOPPED", `Node ${index} is stopped.`, "Start it first.");
      return running;
    },
    async stop() {
      const stopping = running;
      running = undefined;
      await stopping?.stop();
    },
    async start(engine) {
      running ??= await begin(Number(new URL(endpoint).port), engine);
    },
  };
}

/** Waits until as many nodes serve a model's first version in the present epoch. */
export async function untilServing(
  { provider, deployment }: Pick<Fleet, "provider" | "deployment">,
  modelId: bigint,
  count: number,
  { seconds = 120, signal }: { readonly seconds?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  for (let waited = 0; waited < seconds * 1000; waited += 250) {
    if ((await getServingNodes(provider, deployment.contracts, modelId, 1)).length >= count) return;
    await sleep(250, undefined, signal ? { signal } : {});
  }
  throw new CloakworkError(
    "FLEET_NOT_SERVED",
    `Fewer than ${count} nodes serve the model after ${seconds} s.`,
    "Read the nodes' log for the reason.",
  );
}
