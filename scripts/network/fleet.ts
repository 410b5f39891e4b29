/** A chain, the contracts and several nodes on one machine: what tests of several nodes and the soak test stand on. */
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
  readonly parameters: DeploymentParameters;
  readonly chain?: Parameters<typeof startLocalChain>[0];
  /** Settings of all nodes. */
  readonly config?: NodeConfigInput;
  readonly log?: DestinationStream;
}

export interface FleetNode {
  readonly address: Hex;
  readonly identity: NodeIdentity;
  /** Where it serves blobs, running or not. */
  readonly endpoint: string;
  /** The running daemon. @throws CloakworkError while it is stopped */
  readonly daemon: () => RunningNode;
  readonly stop: () => Promise<void>;
  /** Starts it again on the same folder and port. */
  readonly start: () => Promise<void>;
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
  await using stack = new AsyncDisposableStack();
  const chain = await startLocalChain(options.chain);
  stack.defer(() => chain.stop());
  const provider = await openProvider(chain.url, chain.chainId);
  stack.defer(() => {
    provider.destroy();
  });
  const [deployer, owner] = chain.accounts;
  const deployment = await deployCloakwork(new Wallet(deployer.privateKey, provider), {
    parameters: options.parameters,
  });
  const nodes: FleetNode[] = [];
  for (const [index, member] of options.members.entries()) {
    const node = await startMember(options, chain, deployment, member, index);
    stack.defer(() => node.stop());
    nodes.push(node);
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
  const begin = (port: number): Promise<RunningNode> =>
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
    async start() {
      running ??= await begin(Number(new URL(endpoint).port));
    },
  };
}

/** Waits until as many nodes serve a version in the present epoch. */
export async function untilServing(
  { provider, deployment }: Fleet,
  modelId: bigint,
  count: number,
  seconds = 120,
): Promise<void> {
  for (let waited = 0; waited < seconds * 1000; waited += 250) {
    if ((await getServingNodes(provider, deployment.contracts, modelId, 1)).length >= count) return;
    await sleep(250);
  }
  throw new CloakworkError("FLEET_NOT_SERVED", `Fewer than ${count} nodes serve the model.`, "Read the nodes' log.");
}
