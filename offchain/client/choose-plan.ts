import type { Manifest, ManifestPlan } from "../sealing/manifest.ts";
import { batchTooLarge } from "./errors.ts";

/**
 * The plan a request uses when nobody says otherwise. For one input: of the plans for one that charge once, the fastest as stated. For several: of those for a batch
 * that hold them, the one that charges least, and of these the fastest. The first of equals.
 *
 * @param count inputs of the request; 1 when omitted
 * @returns its index, as on chain
 * @throws ClientError `BATCH_TOO_LARGE` when no plan takes so many inputs at once
 */
export function choosePlan({ plans }: Pick<Manifest, "plans">, count = 1): number {
  const indices = plans.map((_, index) => index);
  const single = indices.filter((index) => plans[index].batch === undefined);
  if (count === 1 && single.length > 0) {
    const once = single.filter((index) => plans[index].units === 1);
    return best(once.length > 0 ? once : single, (index) => [plans[index].estimates.milliseconds]);
  }
  const holding = indices.filter((index) => (plans[index].batch ?? 0) >= count);
  if (holding.length === 0) throw batchTooLarge(count, largestBatch({ plans }));
  return best(holding, (index) => [plans[index].units, plans[index].estimates.milliseconds]);
}

/** Inputs the largest batch of a model holds; undefined when it takes one at a time. */
export function largestBatch({
  plans,
}: {
  readonly plans: readonly Pick<ManifestPlan, "batch">[];
}): number | undefined {
  const sizes = plans.flatMap(({ batch }) => batch ?? []);
  return sizes.length === 0 ? undefined : Math.max(...sizes);
}

/** The index with the least weights, the first of which counts most. */
function best(indices: readonly number[], weightsOf: (index: number) => readonly number[]): number {
  const isBefore = (a: readonly number[], b: readonly number[]): boolean => {
    const at = a.findIndex((weight, k) => weight !== b[k]);
    return at >= 0 && a[at] < b[at];
  };
  return indices.reduce((first, index) => (isBefore(weightsOf(index), weightsOf(first)) ? index : first));
}
