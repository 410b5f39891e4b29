import { paramsDigest } from "../fhe/ckks/parameters.ts";
import { planBytes, planDigest } from "../fhe/plan/canonical.ts";
import type { Plan } from "../fhe/plan/plan.ts";
import type { Manifest, ManifestAccuracy } from "../sealing/manifest.ts";
import type { PublicationRecord } from "./record.ts";
import type { ModelDescription } from "./types.ts";

/** What of a publication goes into its manifest. */
export interface ManifestParts {
  readonly description: ModelDescription;
  readonly plan: Plan;
  readonly units: number;
  readonly sealed: Omit<NonNullable<PublicationRecord["sealed"]>, "envelope">;
  readonly accuracy: ManifestAccuracy;
}

/** The manifest of a version with one plan; the figures are the plan's, not the owner's to choose. */
export function makeManifest({ description, plan, units, sealed, accuracy }: ManifestParts): Manifest {
  const { name, title, description: text, card, license, input, output } = description;
  const [planInput] = plan.inputs;
  const [planOutput] = plan.outputs;
  const { packageRoot, packageBytes, weightsRoot, noiseRoot } = sealed;
  return {
    version: 1,
    name,
    title,
    description: text,
    card,
    license,
    noiseRoot,
    plans: [
      {
        digest: planDigest(plan),
        bytes: planBytes(plan).length,
        packageRoot,
        packageBytes,
        weightsRoot,
        params: plan.params.id,
        paramsDigest: paramsDigest(plan.params),
        semantics: plan.semantics,
        units,
        estimates: plan.estimates,
        accuracy,
      },
    ],
    input: { ...input, shape: [...planInput.layout.shape], range: planInput.range },
    output: { ...output, labels: [...planOutput.labels], finish: planOutput.finish },
  };
}
