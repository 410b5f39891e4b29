import type { Bytes32 } from "../digest/hex.ts";
import { paramsDigest } from "../fhe/ckks/parameters.ts";
import { planBytes, planDigest } from "../fhe/plan/canonical.ts";
import type { Plan } from "../fhe/plan/plan.ts";
import type { Manifest, ManifestAccuracy } from "../sealing/manifest.ts";
import { answerForm } from "../client/plan-ends.ts";
import type { SealedPackage } from "./record.ts";
import type { ModelDescription } from "./types.ts";

/** One plan of a version. */
export interface PlanParts {
  readonly plan: Plan;
  /** How many times the fees are charged. */
  readonly units: number;
  readonly sealed: SealedPackage;
  readonly accuracy: ManifestAccuracy;
}

/** What of a publication goes into its manifest. */
export interface ManifestParts {
  readonly description: ModelDescription;
  readonly noiseRoot: Bytes32;
  /** At least one, in the order of the version's plans. */
  readonly plans: readonly PlanParts[];
}

/** The manifest of a version; the figures are the plans', not the owner's to choose. */
export function makeManifest({ description, noiseRoot, plans }: ManifestParts): Manifest {
  const { name, title, description: text, card, license, input, output } = description;
  const [{ plan: first }] = plans;
  const [planInput] = first.inputs;
  const { labels, finish } = answerForm(first);
  return {
    version: 1,
    name,
    title,
    description: text,
    card,
    license,
    noiseRoot,
    plans: plans.map(({ plan, units, sealed: { packageRoot, packageBytes, weightsRoot }, accuracy }) => ({
      digest: planDigest(plan),
      bytes: planBytes(plan).length,
      packageRoot,
      packageBytes,
      weightsRoot,
      params: plan.params.id,
      paramsDigest: paramsDigest(plan.params),
      semantics: plan.semantics,
      units,
      ...(plan.batch !== undefined && { batch: plan.batch.samples }),
      estimates: plan.estimates,
      accuracy,
    })),
    input: { ...input, shape: [...planInput.layout.shape], range: planInput.range },
    output: { ...output, labels: [...labels], finish },
  };
}
