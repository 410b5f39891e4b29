/** The licensee's side: a version's envelope and package fetched, checked against the chain, opened in memory. */
import { getLicence, getLicences } from "../chain/licences.ts";
import { getModelVersion } from "../chain/models.ts";
import type { Grant, Hex, ModelVersion, PlanRef } from "../chain/types.ts";
import { bytes32, toHex } from "../digest/hex.ts";
import { planBytes } from "../fhe/plan/canonical.ts";
import { sealedBytes } from "../sealing/body.ts";
import { MAX_ENVELOPE_BYTES, openEnvelope } from "../sealing/envelope.ts";
import { EnvelopeError } from "../sealing/errors.ts";
import { residueBytes, type ModelFile } from "../sealing/model-file.ts";
import type { NodeKey } from "../sealing/node-key.ts";
import { openPackage } from "../sealing/package.ts";
import { checkCommitment, wipeVersionKeys, type VersionCommitment, type VersionKeys } from "../sealing/version-keys.ts";
import { servingNodes } from "./catalogue.ts";
import { endpointsOf, storeAt } from "./endpoints.ts";
import { licenceOtherKey, noSuchPlan, notLicensed, packageTooLarge } from "./errors.ts";
import { loadPlan } from "./load-plan.ts";
import type { ReadContext } from "./types.ts";

/** A sealed package and its weights are in memory together. */
const MAX_PACKAGE_BYTES = 1024 * 1024 * 1024;

/** What a licensee wants. */
export interface LicensedPlan {
  readonly modelId: bigint;
  readonly version: number;
  /** Which of the version's plans. */
  readonly planIndex: number;
  readonly licensee: Hex;
}

export interface DownloadRequest extends LicensedPlan {
  /** What the licence is sealed to. */
  readonly key: NodeKey;
}

export const DOWNLOAD_STEPS = ["licence", "plan", "package"] as const;

/** How a download stands. The last event of a step replaces those before. */
export interface DownloadEvent {
  readonly step: (typeof DOWNLOAD_STEPS)[number];
  readonly state: "active" | "done";
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** One sentence. */
  readonly detail: string;
  /** Part done, 0 … 1. */
  readonly progress?: number;
  readonly bytes?: number;
}

export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: DownloadEvent) => void) | undefined;
}

/**
 * Fetches a model that an account is licensed for. Nothing is returned before all of it was compared with what the chain commits to; the sealed
 * bytes come from any store, the weights exist in the memory of this process alone.
 *
 * @returns the model; the caller overwrites `residues` when it is done with them
 * @throws ClientError `LICENCE_MISSING`, `LICENCE_REVOKED`, `LICENCE_OTHER_KEY`, `NO_SUCH_PLAN`, `PLAN_MISMATCH`, `PACKAGE_TOO_LARGE`,
 *   `NO_ENDPOINT`; EnvelopeError, PlanError, BodyError, PackageError; StorageError, BlobUnavailableError; CloakworkError decoded by
 *   `decodeContractError`; the signal's reason
 */
export async function downloadModel(
  context: ReadContext,
  request: DownloadRequest,
  { signal, onEvent }: DownloadOptions = {},
): Promise<ModelFile> {
  const { contracts, chainId } = context.deployment;
  const { modelId, version, planIndex } = request;
  const tell = (
    step: DownloadEvent["step"],
    state: DownloadEvent["state"],
    detail: string,
    more: Partial<DownloadEvent> = {},
  ): void => onEvent?.({ step, state, at: Date.now(), detail, ...more });

  tell("licence", "active", "Looking for the licence.");
  const { record, ref, licence } = await findLicence(context, request);
  const nodes = await servingNodes(context, modelId, version);
  const endpoints = endpointsOf(context, [
    licence.envelopeUri,
    record.manifestUri,
    ...nodes.map(({ endpoint }) => endpoint),
  ]);
  const from = signal === undefined ? {} : { signal };
  const envelope = await storeAt(endpoints, "the licence").get(bytes32(licence.envelopeRoot), {
    maxBytes: MAX_ENVELOPE_BYTES,
    ...from,
  });
  const commitment = commitmentOf(record);
  const keys = await openLicence(envelope, request);
  try {
    checkCommitment(keys, commitment);
    tell("licence", "done", "The licence opens, and is of this version.", { bytes: envelope.length });

    tell("plan", "active", "Fetching the plan.");
    const checked = await loadPlan(ref, { endpoints, signal });
    const plan = planBytes(checked.plan);
    tell("plan", "done", "The plan is the one on chain.", { bytes: plan.length });

    const size = residueBytes(checked);
    const bytes = sealedBytes(size);
    if (bytes > MAX_PACKAGE_BYTES) throw packageTooLarge(bytes, MAX_PACKAGE_BYTES);
    tell("package", "active", "Fetching the package.", { bytes });
    const { packageRoot, packageSecret, weightsRoot } = keys.packages[planIndex];
    const body = await storeAt(endpoints, "the model's package").get(packageRoot, {
      maxBytes: bytes,
      ...from,
      onProgress: (done) => {
        tell("package", "active", "Fetching the package.", { progress: Math.min(1, done / bytes) });
      },
    });
    const residues = await openPackage([body], checked.plan, keys, commitment, planIndex, from);
    tell("package", "done", "The weights are those on chain.", { bytes });
    return {
      header: {
        version: 1,
        chainId,
        registry: contracts.modelRegistry.toLowerCase(),
        modelId: modelId.toString(),
        modelVersion: version,
        planIndex,
        planDigest: bytes32(ref.planDigest),
        planBytes: plan.length,
        weightsRoot,
        packageSecret: toHex(packageSecret.reveal()),
        residueBytes: size,
      },
      plan,
      residues,
    };
  } finally {
    wipeVersionKeys(keys);
  }
}

/** What the chain says of a licence. */
export interface FoundLicence {
  readonly record: ModelVersion;
  /** The plan. */
  readonly ref: PlanRef;
  readonly licence: Grant;
}

/**
 * The licence of an account, before anything is fetched or opened for it.
 *
 * @throws ClientError `LICENCE_MISSING`, `LICENCE_REVOKED`, `NO_SUCH_PLAN`; CloakworkError decoded by `decodeContractError`
 */
export async function findLicence(
  { provider, deployment }: ReadContext,
  { modelId, version, planIndex, licensee }: LicensedPlan,
): Promise<FoundLicence> {
  const { contracts } = deployment;
  const record = await getModelVersion(provider, contracts, modelId, version);
  if (!Object.hasOwn(record.plans, planIndex)) throw noSuchPlan(modelId, version, planIndex);
  const licence = await getLicence(provider, contracts, modelId, version, licensee);
  if (licence !== undefined) return { record, ref: record.plans[planIndex], licence };
  const earlier = await getLicences(provider, deployment, { modelId, version, licensee });
  throw notLicensed(modelId, version, licensee, earlier.length > 0);
}

/**
 * The newest version an account is licensed for.
 *
 * @returns undefined when there is none
 * @throws CloakworkError decoded by `decodeContractError`
 */
export async function newestLicensedVersion(
  { provider, deployment }: ReadContext,
  modelId: bigint,
  licensee: Hex,
): Promise<number | undefined> {
  const licences = await getLicences(provider, deployment, { modelId, licensee });
  const versions = licences.filter(({ grant }) => grant !== undefined).map(({ version }) => version);
  return versions.length === 0 ? undefined : Math.max(...versions);
}

async function openLicence(envelope: Uint8Array, { modelId, version, key }: DownloadRequest): Promise<VersionKeys> {
  try {
    return await openEnvelope(envelope, key);
  } catch (error) {
    if (!(error instanceof EnvelopeError) || error.code !== "ENVELOPE_OTHER_RECIPIENT") throw error;
    throw licenceOtherKey(modelId, version, error);
  }
}

/** The commitment with its digests in the one canonical form. */
function commitmentOf({ noiseRoot, plans }: ModelVersion): VersionCommitment {
  return {
    noiseRoot: bytes32(noiseRoot),
    plans: plans.map(({ packageRoot, weightsRoot }) => ({
      packageRoot: bytes32(packageRoot),
      weightsRoot: bytes32(weightsRoot),
    })),
  };
}
