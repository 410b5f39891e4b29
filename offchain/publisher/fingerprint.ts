import type { Deployment } from "../chain/types.ts";
import { concatBytes, wordBytes } from "../digest/bytes.ts";
import { canonicalBytes } from "../digest/canonical-json.ts";
import { toHex, type Bytes32 } from "../digest/hex.ts";
import { blobRoot } from "../digest/merkle.ts";
import { sha256 } from "../digest/sha256.ts";
import { planDigest } from "../fhe/plan/canonical.ts";
import type { Plan } from "../fhe/plan/plan.ts";
import type { PublishRequest } from "./types.ts";

const DOMAIN = new TextEncoder().encode("cloakwork/publication/1");

/** A plan with the residues of its constants. */
export interface EncodedPlan {
  readonly plan: Plan;
  readonly residues: Uint32Array;
}

function identityOf({ plan, residues }: EncodedPlan) {
  return { plan: planDigest(plan), weights: blobRoot(wordBytes(residues)) };
}

/**
 * What is published where: the same model, described the same way, measured on the same samples, at the same registry. Publishing with the
 * same fingerprint again continues; anything else is another publication. Stays on the owner's machine, for it is a digest of the weights.
 *
 * @param plans of the version, at least one
 */
export function publicationFingerprint(
  { description, samples, units = 1, modelId, batch }: PublishRequest,
  { chainId, contracts }: Deployment,
  [first, ...more]: readonly EncodedPlan[],
): Bytes32 {
  const { inputs } = samples;
  const content = {
    chainId,
    registry: contracts.modelRegistry.toLowerCase(),
    model: modelId === undefined ? "new" : modelId.toString(),
    ...identityOf(first),
    // Publications of one plan are named as they always were.
    ...(batch !== undefined && { more: more.map(identityOf), batchUnits: batch.units }),
    description,
    units,
    samples: {
      data: samples.data,
      inputs: blobRoot(new Uint8Array(inputs.buffer, inputs.byteOffset, inputs.byteLength)),
      labels: Array.from(samples.labels ?? []),
    },
  };
  return toHex(sha256(concatBytes(DOMAIN, canonicalBytes(content))));
}
