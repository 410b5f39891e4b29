/** Registers the node on chain, or brings its record up to date. */
import { getNode, getStakeRules, registerNode, setEncryptionKey, setEndpoint } from "../chain/nodes.ts";
import type { Hex } from "../chain/types.ts";
import { CloakworkError } from "../errors.ts";
import type { ChainPort } from "./chain-port.ts";

export interface Registration {
  readonly encryptionKey: Hex;
  readonly endpoint: string;
  /** Wei; used only when the node is new. */
  readonly stake: bigint;
}

/**
 * @returns what was done, for the log
 * @throws CloakworkError when the stake is below the registry's minimum or above what the account holds, or the chain refuses
 */
export async function ensureRegistered(
  chain: ChainPort,
  wanted: Registration,
): Promise<"registered" | "updated" | "unchanged"> {
  const { provider, node } = chain;
  const { contracts } = chain.deployment;
  const found = await getNode(provider, contracts, node);
  if (!found) {
    const { minimumStake } = await getStakeRules(provider, contracts);
    if (wanted.stake < minimumStake) {
      throw new CloakworkError(
        "NODE_STAKE",
        `The stake of ${wanted.stake} wei is below the registry's minimum of ${minimumStake} wei.`,
        "Raise `stake` in the configuration.",
      );
    }
    const funds = await provider.getBalance(node);
    if (funds <= wanted.stake) {
      throw new CloakworkError(
        "NODE_FUNDS",
        `The node's account ${node} holds ${funds} wei, not enough for a stake of ${wanted.stake} wei and gas.`,
        "Send ether to the account, then start again.",
      );
    }
    await chain.transact((signer) => registerNode(signer, contracts, wanted));
    return "registered";
  }
  let changed = false;
  if (found.endpoint !== wanted.endpoint) {
    await chain.transact((signer) => setEndpoint(signer, contracts, wanted.endpoint));
    changed = true;
  }
  if (found.encryptionKey.toLowerCase() !== wanted.encryptionKey.toLowerCase()) {
    await chain.transact((signer) => setEncryptionKey(signer, contracts, wanted.encryptionKey));
    changed = true;
  }
  return changed ? "updated" : "unchanged";
}
