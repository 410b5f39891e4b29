/** The figures people compare models by, from what the owner published. */
import { choosePlan } from "../../offchain/client/choose-plan.ts";
import type { Manifest, ManifestPlan } from "../../offchain/sealing/manifest.ts";
import { formatBytes, formatDuration, formatShare } from "./format.ts";

/** The plan a single request uses, with its index on chain. */
export function planFor(manifest: Manifest): { readonly plan: ManifestPlan; readonly index: number } {
  const index = choosePlan(manifest);
  return { plan: manifest.plans[index], index };
}

/** One figure: a short name, its value, and what exactly it says. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly note: string;
  /** The part of it without which the value misleads, in two words. */
  readonly brief?: string;
}

/** What is known before anyone pays. */
export function figuresOf(manifest: Manifest): readonly Figure[] {
  const { accuracy, estimates } = planFor(manifest).plan;
  const samples = accuracy.samples === 1 ? "1 sample" : `${accuracy.samples} samples`;
  return [
    {
      name: "Accuracy",
      value: formatShare(Number(accuracy.encrypted)),
      note: `under encryption, ${formatShare(Number(accuracy.plain))} without; ${samples}: ${accuracy.data}`,
      brief: `of ${samples}`,
    },
    {
      name: "Evaluation",
      value: estimates.milliseconds === 0 ? "not measured" : formatDuration(estimates.milliseconds),
      note: "on the compiler's reference machine",
    },
    { name: "Error bound", value: `± ${estimates.errorBound}`, note: "of each output, from the noise analysis" },
  ];
}

/** A plan for batches, in words. */
export interface BatchFigures {
  /** On chain. */
  readonly index: number;
  readonly inputs: string;
  readonly accuracy: string;
  readonly bytes: string;
  readonly evaluation: string;
}

/** The plans for batches that a single request does not use. */
export function batchPlansOf(manifest: Manifest): readonly BatchFigures[] {
  const { index: shown } = planFor(manifest);
  return manifest.plans.flatMap(({ batch, accuracy, estimates }, index) => {
    if (batch === undefined || index === shown) return [];
    const { inputBytes, resultBytes, milliseconds } = estimates;
    return [
      {
        index,
        inputs: `Up to ${batch.toLocaleString("en")} inputs`,
        accuracy: `${formatShare(Number(accuracy.encrypted))} right under encryption, ${formatShare(Number(accuracy.plain))} without`,
        bytes: `${formatBytes(inputBytes)} sent however few there are, ${formatBytes(resultBytes)} fetched from the nodes`,
        evaluation:
          milliseconds === 0
            ? "evaluation not measured"
            : `evaluated in ${formatDuration(milliseconds)} on the reference machine`,
      },
    ];
  });
}
