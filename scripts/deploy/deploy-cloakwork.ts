import { ContractFactory, getCreateAddress, type Provider, type Signer } from "ethers";

import { ABI_ID } from "../../offchain/chain/abi.ts";
import { decodeContractError } from "../../offchain/chain/contract-errors.ts";
import type { DeployedContracts, Deployment, Hex } from "../../offchain/chain/types.ts";
import { CloakworkError } from "../../offchain/errors.ts";
import { readArtifact } from "./artifacts.ts";
import { requireEntropySuitable } from "./entropy-suitability.ts";
import { type DeploymentParameters, LOCAL_PARAMETERS, PUBLIC_PARAMETERS } from "./parameters.ts";
import { deployedSources, DeploymentMismatchError, verifyDeployment } from "./verify.ts";

/** Contracts in the order they are deployed; what comes later is known to what comes before from the deployer's nonce. */
const ORDER = [
  "balances",
  "entropy",
  "modelRegistry",
  "keyRegistry",
  "nodeRegistry",
  "modelAccess",
  "hubExtension",
  "hub",
  "disputes",
  "callbacks",
] as const satisfies readonly (keyof DeployedContracts)[];

/** How to deploy. */
export interface DeployOptions {
  /** Windows, rates and stakes; those for local chains on 31337 and 1337, else those for public chains. */
  readonly parameters?: DeploymentParameters;
  /** Told every contract as it is deployed. */
  readonly onDeployed?: (name: keyof DeployedContracts, address: Hex, gasUsed: bigint) => void;
  /** Looked at between two contracts. */
  readonly signal?: AbortSignal;
}

/** Thrown when the signer has no provider, or its account sends other transactions meanwhile. */
export class DeployError extends CloakworkError {}

/** The parameters a chain gets when none are given. */
export function defaultParameters(chainId: number): DeploymentParameters {
  return chainId === 31337 || chainId === 1337 ? LOCAL_PARAMETERS : PUBLIC_PARAMETERS;
}

/**
 * Deploys all contracts and verifies them. Writes no file.
 *
 * @param signer pays for it; keeps no right over anything deployed
 * @returns the deployment, for `writeDeployment`
 * @throws EntropyUnsuitableError, DeploymentMismatchError, DeployError, or what the chain answers, decoded
 */
export async function deployCloakwork(signer: Signer, options: DeployOptions = {}): Promise<Deployment> {
  const provider = providerOf(signer);
  return await decoded(options.signal, async () => {
    const { chainId } = await provider.getNetwork();
    const parameters = options.parameters ?? defaultParameters(Number(chainId));
    await requireEntropySuitable(provider, parameters.entropy.source);
    return await deployAll(signer, parameters, options);
  });
}

/**
 * Deploys all contracts and verifies them without asking whether the chain's randomness is suitable: for a rehearsal on another chain.
 *
 * @throws DeploymentMismatchError, DeployError, or what the chain answers, decoded
 */
export async function deployUnasked(
  signer: Signer,
  parameters: DeploymentParameters,
  options: Omit<DeployOptions, "parameters">,
): Promise<Deployment> {
  return await decoded(options.signal, async () => await deployAll(signer, parameters, options));
}

async function deployAll(
  signer: Signer,
  parameters: DeploymentParameters,
  options: DeployOptions,
): Promise<Deployment> {
  const provider = providerOf(signer);
  const chainId = Number((await provider.getNetwork()).chainId);
  const from = await signer.getAddress();
  const nonce = await provider.getTransactionCount(from, "pending");
  const fromBlock = await provider.getBlockNumber();
  const contracts = plannedAddresses(from, nonce);
  for (const [i, name] of ORDER.entries()) {
    options.signal?.throwIfAborted();
    await deployOne(signer, name, nonce + i, contracts, parameters, options);
  }
  const deployment: Deployment = { version: 1, chainId, abi: ABI_ID, fromBlock, contracts };
  await verifyDeployment(provider, deployment, parameters);
  return deployment;
}

async function decoded<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw decodeContractError(error);
  }
}

/** @throws DeployError `NO_PROVIDER` */
export function providerOf(signer: Signer): Provider {
  if (signer.provider === null) {
    throw new DeployError("NO_PROVIDER", "The signer is not connected to a chain.", "Connect it to a provider.");
  }
  return signer.provider;
}

async function deployOne(
  signer: Signer,
  name: keyof DeployedContracts,
  nonce: number,
  planned: DeployedContracts,
  parameters: DeploymentParameters,
  options: DeployOptions,
): Promise<void> {
  const { abi, bytecode } = readArtifact(deployedSources(parameters.entropy.source)[name]);
  const args = constructorArguments(name, planned, parameters);
  const contract = await new ContractFactory(abi, bytecode, signer).deploy(...args, { nonce });
  const receipt = await contract.deploymentTransaction()?.wait();
  if (receipt?.contractAddress !== planned[name]) throw new DeploymentMismatchError(`${name} has another address`);
  options.onDeployed?.(name, planned[name], receipt.gasUsed);
}

/** Where a deployment puts its contracts. @param nonce of its first transaction; the next ones follow without a gap */
export function plannedAddresses(from: string, nonce: number): DeployedContracts {
  const entries = ORDER.map((name, i) => [name, getCreateAddress({ from, nonce: nonce + i })] as const);
  return Object.fromEntries(entries) as unknown as DeployedContracts;
}

function constructorArguments(
  name: keyof DeployedContracts,
  contracts: DeployedContracts,
  { hub, disputes, nodes, access, entropy }: DeploymentParameters,
): readonly unknown[] {
  const wiring = {
    models: contracts.modelRegistry,
    access: contracts.modelAccess,
    nodes: contracts.nodeRegistry,
    keys: contracts.keyRegistry,
    balances: contracts.balances,
    entropy: contracts.entropy,
    disputes: contracts.disputes,
  };
  switch (name) {
    case "balances":
    case "modelRegistry":
    case "keyRegistry":
      return [];
    case "entropy":
      return [entropy.delay];
    case "nodeRegistry":
      return [
        contracts.balances,
        contracts.hub,
        contracts.disputes,
        nodes.minimumStake,
        nodes.exitDelay,
        nodes.maximumDeclines,
        nodes.suspension,
      ];
    case "modelAccess":
      return [
        contracts.modelRegistry,
        contracts.nodeRegistry,
        access.epochLength,
        access.retention,
        access.minimumBond,
      ];
    case "hubExtension":
      return [wiring, hub];
    case "hub":
      return [wiring, contracts.hubExtension, hub];
    case "disputes":
      return [
        contracts.hub,
        contracts.modelAccess,
        contracts.nodeRegistry,
        contracts.balances,
        contracts.entropy,
        disputes,
      ];
    case "callbacks":
      return [contracts.hub, contracts.balances];
  }
}
