/**
 * The model versions this node serves: finds the grants owners left for it, opens their envelopes and packages, makes them ready in the
 * workers, and joins with a bond. Plaintext weights exist in memory alone.
 */
import type { Logger } from "pino";

import { getGrant, getMembership, getOldestEpoch, hasGivenUp, joinModel } from "../chain/access.ts";
import { INTERFACES } from "../chain/contracts.ts";
import { getModel, getModelVersion } from "../chain/models.ts";
import type { Grant, Hex, ModelVersion } from "../chain/types.ts";
import { bytes32, type Bytes32 } from "../digest/hex.ts";
import { noiseSeed } from "../digest/noise.ts";
import { parsePlan } from "../fhe/plan/canonical.ts";
import type { Plan } from "../fhe/plan/plan.ts";
import { MAX_ENVELOPE_BYTES, openEnvelope } from "../sealing/envelope.ts";
import { MAX_MANIFEST_BYTES } from "../sealing/manifest.ts";
import type { NodeKey } from "../sealing/node-key.ts";
import { openPackage } from "../sealing/package.ts";
import type { SecretBytes } from "../sealing/secret-bytes.ts";
import type { BlobSource } from "./blob-source.ts";
import type { ChainPort } from "./chain-port.ts";
import type { Evaluation } from "./evaluation/evaluation.ts";

/** A plan with thousands of instructions stays far below. */
const MAX_PLAN_BYTES = 16 * 1024 * 1024;

export interface ServedPlan {
  readonly digest: Bytes32;
  readonly plan: Plan;
}

export interface ServedModel {
  readonly modelId: bigint;
  readonly version: number;
  readonly name: string;
  readonly plans: readonly ServedPlan[];
  /** Seed of request k of this version. */
  readonly seed: (k: number) => Uint8Array;
}

export interface ServedModelsOptions {
  readonly chain: ChainPort;
  readonly blobs: BlobSource;
  readonly pool: Evaluation;
  readonly encryption: NodeKey;
  /** Wei risked a duty when joining. */
  readonly bond: bigint;
  /** Ids of models to serve; all that owners granted when empty. */
  readonly only: readonly bigint[];
  readonly maxPackageBytes: number;
  readonly log: Logger;
}

const nameOf = (modelId: bigint, version: number) => `${modelId}@${version}`;

/** Anybody may grant a node a model: one whose bytes come too slowly does not keep it from serving others. */
const FETCH_MS = 10 * 60 * 1000;

export class ServedModels {
  readonly #options: ServedModelsOptions;
  readonly #ready = new Map<string, ServedModel>();

  constructor(options: ServedModelsOptions) {
    this.#options = options;
  }

  get(modelId: bigint, version: number): ServedModel | undefined {
    return this.#ready.get(nameOf(modelId, version));
  }

  list(): readonly ServedModel[] {
    return [...this.#ready.values()];
  }

  /** Looks for new grants and makes them ready. One that fails is logged and tried again at the next look; the others go on. */
  async refresh(signal: AbortSignal): Promise<void> {
    for (const { modelId, version } of await this.#granted()) {
      signal.throwIfAborted();
      const { only, log } = this.#options;
      if (this.get(modelId, version) || (only.length > 0 && !only.includes(modelId))) continue;
      try {
        await this.#serve(modelId, version, signal);
      } catch (error) {
        signal.throwIfAborted();
        log.error({ model: nameOf(modelId, version), err: error }, "cannot serve this model version yet; trying again");
      }
    }
  }

  async #granted(): Promise<{ modelId: bigint; version: number }[]> {
    const { chain } = this.#options;
    const access = INTERFACES.modelAccess;
    const topics = access.encodeFilterTopics("Authorised", [null, null, chain.node]);
    const logs = await chain.provider.getLogs({
      address: chain.deployment.contracts.modelAccess,
      fromBlock: chain.deployment.fromBlock,
      topics,
    });
    const granted = logs.map((log) => {
      const { modelId, version } = access.decodeEventLog("Authorised", log.data, log.topics);
      return { modelId: modelId as bigint, version: Number(version as bigint) };
    });
    return [...new Map(granted.map((one) => [nameOf(one.modelId, one.version), one])).values()];
  }

  async #serve(modelId: bigint, version: number, signal: AbortSignal): Promise<void> {
    const { chain, log } = this.#options;
    const { provider, deployment, node } = chain;
    const { contracts } = deployment;
    const [model, record, grant] = await Promise.all([
      getModel(provider, contracts, modelId),
      getModelVersion(provider, contracts, modelId, version),
      getGrant(provider, contracts, modelId, version, node),
    ]);
    if (!grant || model.status === "retired") return;
    const membership = await getMembership(provider, contracts, modelId, version, node);
    const until = membership?.untilEpoch;
    // Whoever gave it up serves it only where it can still be drawn out of an epoch it served in.
    const givenUp = until !== undefined && (await hasGivenUp(provider, deployment, modelId, version, node));
    if (givenUp && until <= (await getOldestEpoch(provider, contracts))) return;
    const served = await this.#open(record, grant, signal);
    if (!givenUp && (!membership || until !== undefined)) {
      await chain.transact((signer) => joinModel(signer, contracts, modelId, version, this.#options.bond));
    }
    this.#ready.set(nameOf(modelId, version), served);
    log.info(
      { model: served.name, id: nameOf(modelId, version), plans: served.plans.length },
      "serving a model version",
    );
  }

  async #open(record: ModelVersion, grant: Grant, signal: AbortSignal): Promise<ServedModel> {
    const { blobs, encryption, pool, maxPackageBytes } = this.#options;
    // What a model is made of is never removed for room while it is served.
    const hints = [grant.envelopeUri, record.manifestUri];
    const from = { hints, signal, withinMs: FETCH_MS, keepUntil: Number.POSITIVE_INFINITY };
    const envelope = await blobs.get(bytes32(grant.envelopeRoot), { ...from, maxBytes: MAX_ENVELOPE_BYTES });
    const keys = await openEnvelope(envelope, encryption);
    const plans: ServedPlan[] = [];
    for (const [index, ref] of record.plans.entries()) {
      const digest = bytes32(ref.planDigest);
      const bytes = await blobs.get(digest, { ...from, maxBytes: MAX_PLAN_BYTES });
      const { plan } = parsePlan(bytes);
      // Opened again for every worker, and not kept: the weights of a large model would be in memory twice.
      const constants = async () => {
        const body = blobs.pieces(bytes32(ref.packageRoot), { ...from, maxBytes: maxPackageBytes });
        return await openPackage(body, plan, keys, lowerCase(record), index);
      };
      await pool.load({ planDigest: digest, plan: bytes, constants });
      plans.push({ digest, plan });
    }
    // People choose a model by its manifest: whoever serves the model serves that too, and does without it where it cannot be had.
    await blobs.get(bytes32(record.manifestRoot), { ...from, maxBytes: MAX_MANIFEST_BYTES }).catch((error: unknown) => {
      signal.throwIfAborted();
      this.#options.log.warn({ err: error }, "the manifest of a served model is nowhere to be found");
    });
    return {
      modelId: record.modelId,
      version: record.version,
      name: plans[0].plan.model,
      plans,
      seed: seeds(keys.noiseSecret),
    };
  }
}

function seeds(noiseSecret: SecretBytes): ServedModel["seed"] {
  return (k) => noiseSeed(noiseSecret.reveal(), k);
}

/** The commitment with its digests in the one canonical form. */
function lowerCase(record: ModelVersion) {
  const lower = (hex: Hex) => bytes32(hex);
  return {
    noiseRoot: lower(record.noiseRoot),
    plans: record.plans.map(({ packageRoot, weightsRoot }) => ({
      packageRoot: lower(packageRoot),
      weightsRoot: lower(weightsRoot),
    })),
  };
}
