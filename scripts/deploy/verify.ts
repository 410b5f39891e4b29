import { getBytes, type Provider } from "ethers";

import { call } from "../../offchain/chain/call.ts";
import { getDisputeParameters } from "../../offchain/chain/disputes.ts";
import { getHubParameters } from "../../offchain/chain/requests.ts";
import type { DeployedContracts, Deployment } from "../../offchain/chain/types.ts";
import { CloakworkError } from "../../offchain/errors.ts";
import { type Artifact, readArtifact } from "./artifacts.ts";
import { ENTROPY_CONTRACTS, type EntropySource } from "./entropy-sources.ts";
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

/** The compiled contract behind each address of a deployment with a source of randomness: path below `contracts/`. */
export function deployedSources(entropy: EntropySource): Readonly<Record<keyof DeployedContracts, string>> {
  return {
    balances: "Balances",
    entropy: ENTROPY_CONTRACTS[entropy],
    modelRegistry: "ModelRegistry",
    modelAccess: "ModelAccess",
    nodeRegistry: "NodeRegistry",
    keyRegistry: "KeyRegistry",
    hubExtension: "HubExtension",
    hub: "InferenceHub",
    disputes: "Disputes",
    callbacks: "Callbacks",
  };
}

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
  for (const [name, source] of Object.entries(deployedSources(parameters.entropy.source))) {
    const code = await provider.getCode(contracts[name as keyof DeployedContracts]);
    if (sameCode(code, readArtifact(source))) continue;
    const isOtherSource =
      name === "entropy" && Object.values(ENTROPY_CONTRACTS).some((other) => sameCode(code, readArtifact(other)));
    throw new DeploymentMismatchError(isOtherSource ? "entropy.source differs" : `${name} has other code`);
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
    ...(["hub", "hubExtension"] as const).flatMap((from) =>
      (
        [
          ["models", "modelRegistry"],
          ["access", "modelAccess"],
          ["nodes", "nodeRegistry"],
          ["keys", "keyRegistry"],
          ["balances", "balances"],
          ["entropy", "entropy"],
          ["disputes", "disputes"],
        ] as const
      ).map(([getter, to]) => [from, getter, to] as const),
    ),
    ["hub", "extension", "hubExtension"],
    ["disputes", "hub", "hub"],
    ["disputes", "access", "modelAccess"],
    ["disputes", "nodes", "nodeRegistry"],
    ["disputes", "balances", "balances"],
    ["disputes", "entropy", "entropy"],
    ["callbacks", "hub", "hub"],
    ["callbacks", "balances", "balances"],
    ["nodeRegistry", "hub", "hub"],
    ["nodeRegistry", "disputes", "disputes"],
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
  for (const from of ["hub", "hubExtension"] as const) {
    const hub = await getHubParameters(provider, { ...contracts, hub: contracts[from] });
    for (const [name, wanted] of Object.entries(parameters.hub)) {
      if (hub[name as keyof typeof hub] !== wanted) throw new DeploymentMismatchError(`${from}.${name} differs`);
    }
  }
  const disputes = await getDisputeParameters(provider, contracts);
  for (const [name, wanted] of Object.entries(parameters.disputes)) {
    if (disputes[name as keyof typeof disputes] !== wanted) {
      throw new DeploymentMismatchError(`disputes.${name} differs`);
    }
  }
  const numbers: readonly (readonly [keyof DeployedContracts, Readonly<Record<string, number | bigint>>])[] = [
    ["nodeRegistry", parameters.nodes],
    ["modelAccess", parameters.access],
    ["entropy", { delay: parameters.entropy.delay }],
  ];
  for (const [contract, wanted] of numbers) {
    for (const [name, value] of Object.entries(wanted)) {
      const [is] = await call(provider, contracts, contract, name);
      if (is !== BigInt(value)) throw new DeploymentMismatchError(`${contract}.${name} differs`);
    }
  }
}
