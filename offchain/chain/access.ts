import type { ContractRunner, Provider, Signer } from "ethers";

import { ZERO_HASH } from "../digest/hex.ts";
import { call } from "./call.ts";
import { INTERFACES } from "./contracts.ts";
import { eventIn } from "./receipt-events.ts";
import { nothing, send, type Sent } from "./send.ts";
import type { DeployedContracts, Deployment, Grant, Hex, Membership, ServingNode } from "./types.ts";

/** `untilEpoch` on chain while a node has not resigned. */
const FOREVER = 0xffffffffn;

/** The epoch it is now, and how many seconds one takes. Joins and resignations take effect with the next. */
export async function getEpoch(
  runner: ContractRunner,
  contracts: DeployedContracts,
): Promise<{ epoch: number; length: number }> {
  const [[epoch], [length]] = await Promise.all([
    call(runner, contracts, "modelAccess", "currentEpoch"),
    call(runner, contracts, "modelAccess", "epochLength"),
  ]);
  return { epoch: Number(epoch), length: Number(length) };
}

/** The envelope a model's owner left for a node, or `undefined` when the node is not authorised for the version. */
export async function getGrant(
  runner: ContractRunner,
  contracts: DeployedContracts,
  modelId: bigint,
  version: number,
  node: Hex,
): Promise<Grant | undefined> {
  const [grant] = await call(runner, contracts, "modelAccess", "grantOf", [modelId, version, node]);
  return standingGrant(grant);
}

/** A grant as the contract gives it, or `undefined` for the empty one, which stands for none. */
export function standingGrant(grant: unknown): Grant | undefined {
  const { envelopeRoot, envelopeUri } = grant as Grant;
  return envelopeRoot === ZERO_HASH ? undefined : { envelopeRoot, envelopeUri };
}

/** A node's latest time of service for a version, or `undefined` when it never joined. */
export async function getMembership(
  runner: ContractRunner,
  contracts: DeployedContracts,
  modelId: bigint,
  version: number,
  node: Hex,
): Promise<Membership | undefined> {
  const [member] = await call(runner, contracts, "modelAccess", "memberOf", [modelId, version, node]);
  const raw = member as { node: Hex; bond: bigint; fromEpoch: bigint; untilEpoch: bigint };
  if (raw.fromEpoch === 0n) return undefined;
  return {
    node: raw.node,
    bond: raw.bond,
    fromEpoch: Number(raw.fromEpoch),
    untilEpoch: raw.untilEpoch === FOREVER ? undefined : Number(raw.untilEpoch),
  };
}

/**
 * The nodes that serve a version.
 *
 * @param epoch the current one when omitted
 */
export async function getServingNodes(
  runner: ContractRunner,
  contracts: DeployedContracts,
  modelId: bigint,
  version: number,
  epoch?: number,
): Promise<readonly ServingNode[]> {
  const at = epoch ?? (await getEpoch(runner, contracts)).epoch;
  const [nodes, bonds] = await call(runner, contracts, "modelAccess", "membersAt", [modelId, version, at]);
  const serving = Array.from(nodes as readonly Hex[]);
  return serving.map((node, i) => ({ node, bond: (bonds as readonly bigint[])[i] }));
}

/** The owner lets a node serve a version; the grant names the envelope with the version's keys. */
export async function authoriseNode(
  signer: Signer,
  contracts: DeployedContracts,
  modelId: bigint,
  version: number,
  node: Hex,
  grant: Grant,
): Promise<Sent> {
  return await send(signer, contracts, {
    contract: "modelAccess",
    method: "authorise",
    args: [modelId, version, node, grant.envelopeRoot, grant.envelopeUri],
    outcome: nothing,
  });
}

/** The owner takes a node's right to serve a version back. */
export async function revokeNode(
  signer: Signer,
  contracts: DeployedContracts,
  modelId: bigint,
  version: number,
  node: Hex,
): Promise<Sent> {
  return await send(signer, contracts, {
    contract: "modelAccess",
    method: "revoke",
    args: [modelId, version, node],
    outcome: nothing,
  });
}

/**
 * The signing node serves a version from the next epoch on.
 *
 * @param bond wei it risks per duty: at least the deployment's minimum, a multiple of 10¹² wei
 */
export async function joinModel(
  signer: Signer,
  contracts: DeployedContracts,
  modelId: bigint,
  version: number,
  bond: bigint,
): Promise<Sent<{ fromEpoch: number }>> {
  return await send(signer, contracts, {
    contract: "modelAccess",
    method: "join",
    args: [modelId, version, bond],
    outcome: (receipt) => {
      const { fromEpoch } = eventIn(receipt, contracts.modelAccess, INTERFACES.modelAccess, "Joined");
      return { fromEpoch: Number(fromEpoch) };
    },
  });
}

/** The signing node stops serving a version with the next epoch. */
export async function resignFromModel(
  signer: Signer,
  contracts: DeployedContracts,
  modelId: bigint,
  version: number,
): Promise<Sent> {
  return await send(signer, contracts, {
    contract: "modelAccess",
    method: "resign",
    args: [modelId, version],
    outcome: nothing,
  });
}

/**
 * Whether a node that serves a version no more has given it up itself: it resigned after the owner's latest grant.
 *
 * @param modelId of the model
 * @param version counts from 1
 */
export async function hasGivenUp(
  provider: Provider,
  { contracts: { modelAccess }, fromBlock }: Pick<Deployment, "contracts" | "fromBlock">,
  modelId: bigint,
  version: number,
  node: Hex,
): Promise<boolean> {
  const last = async (event: "Authorised" | "Left") => {
    const topics = INTERFACES.modelAccess.encodeFilterTopics(event, [modelId, version, node]);
    return (await provider.getLogs({ address: modelAccess, fromBlock, topics })).at(-1);
  };
  const [left, granted] = await Promise.all([last("Left"), last("Authorised")]);
  if (left === undefined) return false;
  if (granted === undefined || granted.blockNumber < left.blockNumber) return true;
  return granted.blockNumber === left.blockNumber && granted.index < left.index;
}

/** The oldest epoch out of which somebody can still be drawn. */
export async function getOldestEpoch(runner: ContractRunner, contracts: DeployedContracts): Promise<number> {
  const [epoch] = await call(runner, contracts, "modelAccess", "oldestEpoch");
  return Number(epoch);
}

/** Least bond per duty, wei. */
export async function getMinimumBond(runner: ContractRunner, contracts: DeployedContracts): Promise<bigint> {
  const [bond] = await call(runner, contracts, "modelAccess", "minimumBond");
  return bond as bigint;
}

/** Which bonds a duty may have: wei from least to most, in multiples of a unit. */
export async function getBondRules(
  runner: ContractRunner,
  contracts: DeployedContracts,
): Promise<{ minimum: bigint; maximum: bigint; unit: bigint }> {
  const [[minimum], [maximum], [unit]] = await Promise.all([
    call(runner, contracts, "modelAccess", "minimumBond"),
    call(runner, contracts, "modelAccess", "maximumBond"),
    call(runner, contracts, "modelAccess", "BOND_UNIT"),
  ]);
  return { minimum: minimum as bigint, maximum: maximum as bigint, unit: unit as bigint };
}
