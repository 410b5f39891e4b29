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

/**
 * What is published where: the same model, described the same way, measured on the same samples, at the same registry. Publishing with the
 * same fingerprint again continues; anything else is another publication. Stays on the owner's machine, for it is a digest of the weights.
 *
 * @param residues of the plan's constants
 */
export function publicationFingerprint(
  { description, samples, units = 1, modelId }: PublishRequest,
  { chainId, contracts }: Deployment,
  plan: Plan,
  residues: Uint32Array,
): Bytes32 {
  const { inputs } = samples;
  const content = {
    chainId,
    registry: contracts.modelRegistry.toLowerCase(),
    model: modelId === undefined ? "new" : modelId.toString(),
    plan: planDigest(plan),
    weights: blobRoot(wordBytes(residues)),
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
