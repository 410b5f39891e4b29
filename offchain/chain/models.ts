import { type ContractRunner, decodeBytes32String, encodeBytes32String, type Signer } from "ethers";

import { call } from "./call.ts";
import { INTERFACES } from "./contracts.ts";
import { eventIn } from "./receipt-events.ts";
import { nothing, send, type Sent } from "./send.ts";
import type {
  DeployedContracts,
  Hex,
  Model,
  ModelStatus,
  ModelVersion,
  PlanRef,
  Terms,
  VersionContent,
} from "./types.ts";

/** IModelRegistry.Status, by its number. */
const STATUSES = ["none", "active", "paused", "retired"] as const;

interface RawPlan {
  readonly planDigest: Hex;
  readonly weightsRoot: Hex;
  readonly packageRoot: Hex;
  readonly paramsDigest: Hex;
  readonly semantics: Hex;
  readonly units: bigint;
}

interface RawVersion {
  readonly noiseRoot: Hex;
  readonly manifestRoot: Hex;
  readonly manifestUri: string;
  readonly plans: readonly RawPlan[];
}

interface RawModel {
  readonly owner: Hex;
  readonly status: bigint;
  readonly versions: bigint;
  readonly terms: Terms;
}

/** How many models there are; ids run from 1 to this. */
export async function getModelCount(runner: ContractRunner, contracts: DeployedContracts): Promise<bigint> {
  const [count] = await call(runner, contracts, "modelRegistry", "modelCount");
  return count as bigint;
}

/**
 * A model as it stands.
 *
 * @throws CloakworkError `MODEL_REGISTRY_UNKNOWN_MODEL`
 */
export async function getModel(runner: ContractRunner, contracts: DeployedContracts, modelId: bigint): Promise<Model> {
  const [model] = await call(runner, contracts, "modelRegistry", "modelOf", [modelId]);
  const raw = model as RawModel;
  return {
    modelId,
    owner: raw.owner,
    status: STATUSES[Number(raw.status)] as ModelStatus,
    versions: Number(raw.versions),
    terms: { token: raw.terms.token, modelFee: raw.terms.modelFee, nodeFee: raw.terms.nodeFee },
  };
}

/**
 * A published version with its plans.
 *
 * @param version counts from 1
 * @throws CloakworkError `MODEL_REGISTRY_UNKNOWN_MODEL`, `MODEL_REGISTRY_UNKNOWN_VERSION`
 */
export async function getModelVersion(
  runner: ContractRunner,
  contracts: DeployedContracts,
  modelId: bigint,
  version: number,
): Promise<ModelVersion> {
  const [content] = await call(runner, contracts, "modelRegistry", "versionOf", [modelId, version]);
  const raw = content as RawVersion;
  return {
    modelId,
    version,
    noiseRoot: raw.noiseRoot,
    manifestRoot: raw.manifestRoot,
    manifestUri: raw.manifestUri,
    plans: Array.from(raw.plans, planFromChain),
  };
}

/** Registers a model with its first version; its owner is the signer. */
export async function registerModel(
  signer: Signer,
  contracts: DeployedContracts,
  terms: Terms,
  first: VersionContent,
): Promise<Sent<{ modelId: bigint }>> {
  return await send(signer, contracts, {
    contract: "modelRegistry",
    method: "register",
    args: [terms, versionToChain(first)],
    outcome: (receipt) => {
      const { modelId } = eventIn(receipt, contracts.modelRegistry, INTERFACES.modelRegistry, "Registered");
      return { modelId: modelId as bigint };
    },
  });
}

/** Publishes another version of the signer's model. */
export async function publishVersion(
  signer: Signer,
  contracts: DeployedContracts,
  modelId: bigint,
  content: VersionContent,
): Promise<Sent<{ version: number }>> {
  return await send(signer, contracts, {
    contract: "modelRegistry",
    method: "publish",
    args: [modelId, versionToChain(content)],
    outcome: (receipt) => {
      const { version } = eventIn(receipt, contracts.modelRegistry, INTERFACES.modelRegistry, "VersionPublished");
      return { version: Number(version) };
    },
  });
}

/** Sets the price of requests from now on. */
export async function setTerms(
  signer: Signer,
  contracts: DeployedContracts,
  modelId: bigint,
  terms: Terms,
): Promise<Sent> {
  return await send(signer, contracts, {
    contract: "modelRegistry",
    method: "setTerms",
    args: [modelId, terms],
    outcome: nothing,
  });
}

/** Pauses, resumes or retires (for good) a model. */
export async function setModelStatus(
  signer: Signer,
  contracts: DeployedContracts,
  modelId: bigint,
  status: ModelStatus,
): Promise<Sent> {
  return await send(signer, contracts, {
    contract: "modelRegistry",
    method: "setStatus",
    args: [modelId, STATUSES.indexOf(status)],
    outcome: nothing,
  });
}

/**
 * Gives the signer's model to another account, which is paid for requests from then on.
 *
 * @throws CloakworkError when it is not the signer's, or the account is a contract that does not take tokens of its kind
 */
export async function transferModel(
  signer: Signer,
  contracts: DeployedContracts,
  modelId: bigint,
  to: Hex,
): Promise<Sent> {
  return await send(signer, contracts, {
    contract: "modelRegistry",
    method: "safeTransferFrom(address,address,uint256)",
    args: [await signer.getAddress(), to, modelId],
    outcome: nothing,
  });
}

function planFromChain(raw: RawPlan): PlanRef {
  return {
    planDigest: raw.planDigest,
    weightsRoot: raw.weightsRoot,
    packageRoot: raw.packageRoot,
    paramsDigest: raw.paramsDigest,
    semantics: decodeBytes32String(raw.semantics),
    units: Number(raw.units),
  };
}

function versionToChain(content: VersionContent): object {
  return {
    noiseRoot: content.noiseRoot,
    manifestRoot: content.manifestRoot,
    manifestUri: content.manifestUri,
    plans: content.plans.map((plan) => ({ ...plan, semantics: encodeBytes32String(plan.semantics) })),
  };
}
