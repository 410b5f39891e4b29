import type { ContractRunner, Signer } from "ethers";

import { call } from "./call.ts";
import { nothing, send, type Sent } from "./send.ts";
import type { DeployedContracts, Hex, NodeInfo } from "./types.ts";

interface RawNode {
  readonly stake: bigint;
  readonly locked: bigint;
  readonly exitAt: bigint;
  readonly encryptionKey: Hex;
  readonly endpoint: string;
}

/** A registered node, or `undefined`. */
export async function getNode(
  runner: ContractRunner,
  contracts: DeployedContracts,
  node: Hex,
): Promise<NodeInfo | undefined> {
  const [info] = await call(runner, contracts, "nodeRegistry", "nodeOf", [node]);
  const raw = info as RawNode;
  if (raw.encryptionKey === "0x") return undefined;
  return {
    node,
    stake: raw.stake,
    locked: raw.locked,
    exitAt: raw.exitAt === 0n ? undefined : Number(raw.exitAt),
    encryptionKey: raw.encryptionKey,
    endpoint: raw.endpoint,
  };
}

/** All registered nodes, in the order they first came. */
export async function listNodes(runner: ContractRunner, contracts: DeployedContracts): Promise<readonly NodeInfo[]> {
  const [count] = await call(runner, contracts, "nodeRegistry", "nodeCount");
  const nodes: NodeInfo[] = [];
  for (let i = 0n; i < (count as bigint); i++) {
    const [address] = await call(runner, contracts, "nodeRegistry", "nodeAt", [i]);
    const node = await getNode(runner, contracts, address as Hex);
    if (node !== undefined) nodes.push(node);
  }
  return nodes;
}

/** Least stake, wei, and the seconds between asking for exit and taking the stake. */
export async function getStakeRules(
  runner: ContractRunner,
  contracts: DeployedContracts,
): Promise<{ minimumStake: bigint; exitDelay: number }> {
  const [[minimumStake], [exitDelay]] = await Promise.all([
    call(runner, contracts, "nodeRegistry", "minimumStake"),
    call(runner, contracts, "nodeRegistry", "exitDelay"),
  ]);
  return { minimumStake: minimumStake as bigint, exitDelay: Number(exitDelay) };
}

/**
 * Registers the signer as a node.
 *
 * @param node P-256 public key (65 bytes, uncompressed), base URL (at most 256 bytes), and the stake in wei sent along
 */
export async function registerNode(
  signer: Signer,
  contracts: DeployedContracts,
  node: { readonly encryptionKey: Hex; readonly endpoint: string; readonly stake: bigint },
): Promise<Sent> {
  return await send(signer, contracts, {
    contract: "nodeRegistry",
    method: "register",
    args: [node.encryptionKey, node.endpoint],
    value: node.stake,
    outcome: nothing,
  });
}

/** Adds wei to the signer's stake. */
export async function addStake(signer: Signer, contracts: DeployedContracts, amount: bigint): Promise<Sent> {
  return await send(signer, contracts, {
    contract: "nodeRegistry",
    method: "addStake",
    args: [],
    value: amount,
    outcome: nothing,
  });
}

/** Says where the signer serves blobs from now on. */
export async function setEndpoint(signer: Signer, contracts: DeployedContracts, endpoint: string): Promise<Sent> {
  return await send(signer, contracts, {
    contract: "nodeRegistry",
    method: "setEndpoint",
    args: [endpoint],
    outcome: nothing,
  });
}

/** Publishes a new encryption key of the signer. */
export async function setEncryptionKey(signer: Signer, contracts: DeployedContracts, key: Hex): Promise<Sent> {
  return await send(signer, contracts, {
    contract: "nodeRegistry",
    method: "setEncryptionKey",
    args: [key],
    outcome: nothing,
  });
}

/**
 * Whether a model's request could be drawn to a node now: it is there to stay, not suspended for the model, has so much stake free, and takes
 * fees in the token. That it serves the model is not asked.
 *
 * @param bond wei it would risk
 */
export async function canServe(
  runner: ContractRunner,
  contracts: DeployedContracts,
  node: Hex,
  modelId: bigint,
  bond: bigint,
  token: Hex,
): Promise<boolean> {
  const [can] = await call(runner, contracts, "nodeRegistry", "canServe", [node, modelId, bond, token]);
  return can as boolean;
}

/** Whether a node takes fees in a token. */
export async function acceptsToken(
  runner: ContractRunner,
  contracts: DeployedContracts,
  node: Hex,
  token: Hex,
): Promise<boolean> {
  const [accepts] = await call(runner, contracts, "nodeRegistry", "acceptsToken", [node, token]);
  return accepts as boolean;
}

/** Says whether the signer takes fees in a token. Ether is taken from the start. */
export async function setTokenAccepted(
  signer: Signer,
  contracts: DeployedContracts,
  token: Hex,
  accepted: boolean,
): Promise<Sent> {
  return await send(signer, contracts, {
    contract: "nodeRegistry",
    method: "setTokenAccepted",
    args: [token, accepted],
    outcome: nothing,
  });
}

/** The signer is drawn no more and can take its stake after the exit delay. */
export async function requestExit(signer: Signer, contracts: DeployedContracts): Promise<Sent> {
  return await send(signer, contracts, {
    contract: "nodeRegistry",
    method: "requestExit",
    args: [],
    outcome: nothing,
  });
}

/** Moves the stake into the signer's balance and forgets the node; see `withdraw`. */
export async function exit(signer: Signer, contracts: DeployedContracts): Promise<Sent> {
  return await send(signer, contracts, { contract: "nodeRegistry", method: "exit", args: [], outcome: nothing });
}
