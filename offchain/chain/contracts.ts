import { Contract, type ContractRunner, Interface } from "ethers";

import {
  BALANCES_ABI,
  CALLBACKS_ABI,
  CONSUMER_ERRORS,
  DISPUTES_ABI,
  ENTROPY_ABI,
  HUB_EXTENSION_ABI,
  INFERENCE_HUB_ABI,
  KEY_REGISTRY_ABI,
  MODEL_ACCESS_ABI,
  MODEL_REGISTRY_ABI,
  NODE_REGISTRY_ABI,
} from "./abi.ts";
import type { DeployedContracts } from "./types.ts";

/** The interface of every contract, by its name in a deployment. */
export const INTERFACES: Readonly<Record<keyof DeployedContracts, Interface>> = {
  balances: new Interface(BALANCES_ABI),
  entropy: new Interface(ENTROPY_ABI),
  modelRegistry: new Interface(MODEL_REGISTRY_ABI),
  modelAccess: new Interface(MODEL_ACCESS_ABI),
  nodeRegistry: new Interface(NODE_REGISTRY_ABI),
  keyRegistry: new Interface(KEY_REGISTRY_ABI),
  hubExtension: new Interface(HUB_EXTENSION_ABI),
  hub: new Interface(INFERENCE_HUB_ABI),
  disputes: new Interface(DISPUTES_ABI),
  callbacks: new Interface(CALLBACKS_ABI),
};

/** What may come back as a custom error: those of the deployment, and of contracts that ask. */
export const ERROR_INTERFACES: readonly Interface[] = [...Object.values(INTERFACES), new Interface(CONSUMER_ERRORS)];

/**
 * One contract of a deployment, to read from (a provider) or to write to (a signer).
 *
 * @param runner an ethers provider or signer
 * @param contracts the deployment's addresses
 * @param name which of them
 */
export function contractAt(
  runner: ContractRunner,
  contracts: DeployedContracts,
  name: keyof DeployedContracts,
): Contract {
  return new Contract(contracts[name], INTERFACES[name], runner);
}
