/** The keys of a version that was published from here: what its owner can still seal to others. */
import { getModelVersion } from "../chain/models.ts";
import { openEnvelope } from "../sealing/envelope.ts";
import { checkCommitment, wipeVersionKeys, type VersionKeys } from "../sealing/version-keys.ts";
import { PublishError } from "./errors.ts";
import { requireProvider } from "./ports.ts";
import type { PublicationRecord } from "./record.ts";
import type { PublishPorts } from "./types.ts";

/** A version of a model. */
export interface VersionName {
  readonly modelId: bigint;
  readonly version: number;
}

/**
 * Does one piece of work with the keys of a version, which were compared with the chain, and wipes them after it.
 *
 * @param work also given the record of the publication, as it is remembered now
 * @throws PublishError `PUBLISH_NOT_FOUND`, `PUBLISH_RECORD`; EnvelopeError when the record was sealed to another owner's key or is not of
 *   this version; CloakworkError decoded by `decodeContractError`; what the work throws
 */
export async function withVersionKeys<T>(
  ports: PublishPorts,
  { modelId, version }: VersionName,
  work: (keys: VersionKeys, record: PublicationRecord) => Promise<T>,
): Promise<T> {
  const onChain = await getModelVersion(requireProvider(ports), ports.deployment.contracts, modelId, version);
  const records = await ports.records.list();
  const record = records.find(({ registration, sealed }) => {
    return sealed !== undefined && registration?.manifestRoot === onChain.manifestRoot;
  });
  if (record?.sealed === undefined) {
    throw new PublishError(
      "PUBLISH_NOT_FOUND",
      `The keys of version ${version} of model ${modelId} are not known here.`,
    );
  }
  const keys = await openEnvelope(new TextEncoder().encode(record.sealed.envelope), ports.owner);
  try {
    checkCommitment(keys, onChain);
    return await work(keys, record);
  } finally {
    wipeVersionKeys(keys);
  }
}
