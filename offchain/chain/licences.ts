/** Licences: which accounts may have a version's weights to evaluate them themselves, as ModelAccess holds and tells it. */
import type { ContractRunner, Log, Provider, Signer } from "ethers";

import { standingGrant } from "./access.ts";
import { call } from "./call.ts";
import { INTERFACES } from "./contracts.ts";
import { decodeContractError } from "./contract-errors.ts";
import { nothing, send, type Sent } from "./send.ts";
import type { DeployedContracts, Deployment, Grant, Hex } from "./types.ts";

/** A licence that stands, or stood. */
export interface Licence {
  readonly modelId: bigint;
  readonly version: number;
  readonly licensee: Hex;
  /** The envelope with the version's keys; undefined once the licence was revoked. */
  readonly grant: Grant | undefined;
  /** Of the transaction that licensed it last. */
  readonly blockNumber: number;
  readonly transactionHash: Hex;
}

/** Which licences are looked for. */
export interface LicenceFilter {
  /** Of this model alone. */
  readonly modelId?: bigint;
  /** Of this version of it alone. */
  readonly version?: number;
  /** Of this account alone. */
  readonly licensee?: Hex;
}

/** The envelope a model's owner left for a licensee, or `undefined` when the account has no licence for the version. */
export async function getLicence(
  runner: ContractRunner,
  contracts: DeployedContracts,
  modelId: bigint,
  version: number,
  licensee: Hex,
): Promise<Grant | undefined> {
  const [grant] = await call(runner, contracts, "modelAccess", "licenceOf", [modelId, version, licensee]);
  return standingGrant(grant);
}

/**
 * All licences that were ever given, each as it stands now, in the order in which they were given last.
 *
 * @throws CloakworkError decoded by `decodeContractError`
 */
export async function getLicences(
  provider: Provider,
  { contracts, fromBlock }: Deployment,
  { modelId, version, licensee }: LicenceFilter = {},
): Promise<readonly Licence[]> {
  const access = INTERFACES.modelAccess;
  const topics = access.encodeFilterTopics("Licensed", [modelId ?? null, version ?? null, licensee ?? null]);
  let logs: readonly Log[];
  try {
    logs = await provider.getLogs({ address: contracts.modelAccess, fromBlock, topics });
  } catch (error) {
    throw decodeContractError(error);
  }
  const last = new Map<string, Omit<Licence, "grant">>();
  for (const { data, topics: of, blockNumber, transactionHash } of logs) {
    const given = access.decodeEventLog("Licensed", data, of);
    const licence = {
      modelId: given["modelId"] as bigint,
      version: Number(given["version"] as bigint),
      licensee: given["licensee"] as Hex,
      blockNumber,
      transactionHash: transactionHash as Hex,
    };
    const name = [licence.modelId, licence.version, licence.licensee].join("/");
    last.delete(name);
    last.set(name, licence);
  }
  return await Promise.all(
    [...last.values()].map(async (licence) => ({
      ...licence,
      grant: await getLicence(provider, contracts, licence.modelId, licence.version, licence.licensee),
    })),
  );
}

/** The model's owner lets an account have a version's weights; the grant names the envelope with the version's keys. */
export async function licenseModel(
  signer: Signer,
  contracts: DeployedContracts,
  modelId: bigint,
  version: number,
  licensee: Hex,
  grant: Grant,
): Promise<Sent> {
  return await send(signer, contracts, {
    contract: "modelAccess",
    method: "license",
    args: [modelId, version, licensee, grant.envelopeRoot, grant.envelopeUri],
    outcome: nothing,
  });
}

/** The model's owner takes a licence back. What the licensee fetched before, it keeps. */
export async function revokeLicence(
  signer: Signer,
  contracts: DeployedContracts,
  modelId: bigint,
  version: number,
  licensee: Hex,
): Promise<Sent> {
  return await send(signer, contracts, {
    contract: "modelAccess",
    method: "revokeLicence",
    args: [modelId, version, licensee],
    outcome: nothing,
  });
}
