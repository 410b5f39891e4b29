/** Puts a version on chain once, however often it is tried: what an earlier try sent is looked for before anything is sent again. */
import type { Provider, Signer } from "ethers";

import { INTERFACES } from "../chain/contracts.ts";
import { decodeContractError } from "../chain/contract-errors.ts";
import { getModel, getModelVersion, publishVersion, registerModel } from "../chain/models.ts";
import type { Deployment, Hex, Terms, VersionContent } from "../chain/types.ts";
import type { Bytes32 } from "../digest/hex.ts";
import { PublishError } from "./errors.ts";
import type { PublicationRecord } from "./record.ts";

type Registration = NonNullable<PublicationRecord["registration"]>;

export interface RegisterRequest {
  readonly signer: Signer;
  readonly provider: Provider;
  readonly deployment: Deployment;
  readonly content: VersionContent & { readonly manifestRoot: Bytes32 };
  readonly terms: Terms;
  /** The model to publish a version of, or undefined for a new model. */
  readonly modelId: bigint | undefined;
  /** What is remembered of an earlier try. */
  readonly earlier: Registration | undefined;
  /** Remembers how far it came, before the next step is taken. */
  readonly remember: (registration: Registration) => Promise<void>;
  readonly onSent: (hash: Hex) => void;
}

export interface Registered {
  readonly modelId: bigint;
  readonly version: number;
  /** Undefined when an earlier try had done it. */
  readonly mined: { readonly hash: Hex; readonly gasUsed: bigint } | undefined;
}

/**
 * Registers a model or publishes a version of one.
 *
 * @throws PublishError `PUBLISH_OWNER`; CloakworkError decoded by `decodeContractError`
 */
export async function registerOnce(request: RegisterRequest): Promise<Registered> {
  const { signer, provider, deployment, content, modelId, remember, onSent } = request;
  const { manifestRoot } = content;
  const found = await findEarlier(request);
  if (found !== undefined) {
    await remember({ ...found.registration, modelId: found.modelId.toString(), version: found.version });
    return { modelId: found.modelId, version: found.version, mined: undefined };
  }
  if (modelId !== undefined) await requireOwner(provider, deployment, modelId, (await signer.getAddress()) as Hex);
  const fromBlock = await provider.getBlockNumber();
  await remember({ manifestRoot, fromBlock });
  const sent = await sendVersion(request);
  await remember({ manifestRoot, fromBlock, hash: sent.hash });
  onSent(sent.hash);
  const { hash, gasUsed, ...version } = await sent.wait();
  await remember({ manifestRoot, fromBlock, hash, modelId: version.modelId.toString(), version: version.version });
  return { modelId: version.modelId, version: version.version, mined: { hash, gasUsed } };
}

interface SentVersion {
  readonly hash: Hex;
  readonly wait: () => Promise<Version & { readonly hash: Hex; readonly gasUsed: bigint }>;
}

async function sendVersion({ signer, deployment, content, terms, modelId }: RegisterRequest): Promise<SentVersion> {
  const { contracts } = deployment;
  if (modelId === undefined) {
    const { hash, wait } = await registerModel(signer, contracts, terms, content);
    return { hash, wait: async () => ({ ...(await wait()), version: 1 }) };
  }
  const { hash, wait } = await publishVersion(signer, contracts, modelId, content);
  return { hash, wait: async () => ({ ...(await wait()), modelId }) };
}

interface Version {
  readonly modelId: bigint;
  readonly version: number;
}

/** What an earlier try has put on chain, if anything; waits for what it sent. */
async function findEarlier({
  provider,
  deployment,
  content,
  earlier,
}: RegisterRequest): Promise<(Version & { readonly registration: Registration }) | undefined> {
  if (earlier?.manifestRoot !== content.manifestRoot) return undefined;
  if (earlier.modelId !== undefined && earlier.version !== undefined) {
    const version = { modelId: BigInt(earlier.modelId), version: earlier.version };
    return (await isPublished(provider, deployment, version, content.manifestRoot))
      ? { ...version, registration: earlier }
      : undefined;
  }
  if (earlier.hash !== undefined) await settled(provider, earlier.hash);
  const version = await versionIn(provider, deployment, content.manifestRoot, earlier.fromBlock);
  return version && { ...version, registration: earlier };
}

/** Whether a version stands on chain with this manifest; a local chain may have been started anew. */
export async function isPublished(
  provider: Provider,
  { contracts }: Deployment,
  { modelId, version }: Version,
  manifestRoot: Bytes32,
): Promise<boolean> {
  const count = await getModel(provider, contracts, modelId).then(
    (model) => model.versions,
    (error: unknown) => {
      if (decodeContractError(error).code === "MODEL_REGISTRY_UNKNOWN_MODEL") return 0;
      throw error;
    },
  );
  if (version > count) return false;
  return (await getModelVersion(provider, contracts, modelId, version)).manifestRoot === manifestRoot;
}

/** Waits until a transaction that is known to the network is in a block; one that is not known was lost or never sent. */
async function settled(provider: Provider, hash: Hex): Promise<void> {
  try {
    const transaction = await provider.getTransaction(hash);
    await transaction?.wait();
  } catch (error) {
    const { code } = decodeContractError(error);
    // Reverted or replaced: then there is nothing to find, and it is sent again.
    if (code === "RPC_UNREACHABLE") throw error;
  }
}

/** The version with this manifest that was published since a block. */
async function versionIn(
  provider: Provider,
  { contracts }: Deployment,
  manifestRoot: Bytes32,
  fromBlock: number,
): Promise<Version | undefined> {
  const registry = INTERFACES.modelRegistry;
  try {
    const logs = await provider.getLogs({
      address: contracts.modelRegistry,
      topics: registry.encodeFilterTopics("VersionPublished", []),
      fromBlock: Math.min(fromBlock, await provider.getBlockNumber()),
    });
    for (const { data, topics } of logs) {
      const { modelId, version, content } = registry.decodeEventLog("VersionPublished", data, topics);
      if ((content as VersionContent).manifestRoot === manifestRoot) {
        return { modelId: modelId as bigint, version: Number(version as bigint) };
      }
    }
    return undefined;
  } catch (error) {
    throw decodeContractError(error);
  }
}

/** @throws PublishError `PUBLISH_OWNER`; CloakworkError `MODEL_REGISTRY_UNKNOWN_MODEL` */
export async function requireOwner(
  provider: Provider,
  { contracts }: Deployment,
  modelId: bigint,
  account: Hex,
): Promise<void> {
  const { owner } = await getModel(provider, contracts, modelId);
  if (owner.toLowerCase() !== account.toLowerCase()) {
    throw new PublishError("PUBLISH_OWNER", `Model ${modelId} belongs to ${owner}, not to ${account}.`);
  }
}
