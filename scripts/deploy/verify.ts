import { getBytes, type Provider } from "ethers";

import { call } from "../../offchain/chain/call.ts";
import { getHubParameters } from "../../offchain/chain/requests.ts";
import type { DeployedContracts, Deployment } from "../../offchain/chain/types.ts";
import { CloakworkError } from "../../offchain/errors.ts";
import { type Artifact, readArtifact } from "./artifacts.ts";
import type { DeploymentParameters } from "./parameters.ts";

/** Thrown when what is on the chain is not what was compiled, or is wired or set differently. */
export class DeploymentMismatchError extends CloakworkError {
  constructor(what: string) {
    super(
      "DEPLOYMENT_MISMATCH",
      `The deployment is not what it should be: ${what}.`,
      "Deploy again; do not use these addresses.",
    );
  }
}

/** The compiled contract behind each address of a deployment: path below `contracts/`. */
export const DEPLOYED_SOURCES: Readonly<Record<keyof DeployedContracts, string>> = {
  balances: "Balances",
  entropy: "entropy/BlockHashEntropy",
  modelRegistry: "ModelRegistry",
  modelAccess: "ModelAccess",
  nodeRegistry: "NodeRegistry",
  keyRegistry: "KeyRegistry",
  hub: "InferenceHub",
};

/**
 * Checks code, wiring and parameters of a deployment against what was compiled and asked for.
 *
 * @throws DeploymentMismatchError naming the first difference
 */
export async function verifyDeployment(
  provider: Provider,
  deployment: Deployment,
  parameters: DeploymentParameters,
): Promise<void> {
  const { contracts } = deployment;
  for (const [name, source] of Object.entries(DEPLOYED_SOURCES)) {
    const code = await provider.getCode(contracts[name as keyof DeployedContracts]);
    if (!sameCode(code, readArtifact(source))) throw new DeploymentMismatchError(`${name} has other code`);
  }
  await verifyWiring(provider, contracts);
  await verifyParameters(provider, contracts, parameters);
}

/** Compares deployed with compiled code, leaving out where constructor arguments are written in. */
export function sameCode(deployed: string, artifact: Artifact): boolean {
  const is = getBytes(deployed);
  const should = getBytes(artifact.deployedBytecode);
  if (is.length === 0 || is.length !== should.length) return false;
  for (const references of Object.values(artifact.immutableReferences)) {
    for (const { start, length } of references) is.fill(0, start, start + length);
  }
  return is.every((byte, i) => byte === should[i]);
}

async function verifyWiring(provider: Provider, contracts: DeployedContracts): Promise<void> {
  const wires: readonly (readonly [keyof DeployedContracts, string, keyof DeployedContracts])[] = [
    ["hub", "models", "modelRegistry"],
    ["hub", "access", "modelAccess"],
    ["hub", "nodes", "nodeRegistry"],
    ["hub", "keys", "keyRegistry"],
    ["hub", "balances", "balances"],
    ["hub", "entropy", "entropy"],
    ["nodeRegistry", "hub", "hub"],
    ["nodeRegistry", "balances", "balances"],
    ["modelAccess", "models", "modelRegistry"],
    ["modelAccess", "nodes", "nodeRegistry"],
  ];
  for (const [from, getter, to] of wires) {
    const [address] = await call(provider, contracts, from, getter);
    if (address !== contracts[to]) throw new DeploymentMismatchError(`${from}.${getter} is not ${to}`);
  }
}

async function verifyParameters(
  provider: Provider,
  contracts: DeployedContracts,
  parameters: DeploymentParameters,
): Promise<void> {
  const hub = await getHubParameters(provider, contracts);
  for (const [name, wanted] of Object.entries(parameters.hub)) {
    if (hub[name as keyof typeof hub] !== wanted) throw new DeploymentMismatchError(`hub.${name} differs`);
  }
  const numbers: readonly (readonly [keyof DeployedContracts, Readonly<Record<string, number | bigint>>])[] = [
    ["nodeRegistry", parameters.nodes],
    ["modelAccess", parameters.access],
    ["entropy", parameters.entropy],
  ];
  for (const [contract, wanted] of numbers) {
    for (const [name, value] of Object.entries(wanted)) {
      const [is] = await call(provider, contracts, contract, name);
      if (is !== BigInt(value)) throw new DeploymentMismatchError(`${contract}.${name} differs`);
    }
  }
}
