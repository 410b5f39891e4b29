import type { Manifest } from "../sealing/manifest.ts";

/**
 * The plan a single request uses when nobody says otherwise: of those that charge once, the fastest as stated; the first of equals.
 *
 * @returns its index, as on chain
 */
export function choosePlan({ plans }: Pick<Manifest, "plans">): number {
  const indices = plans.map((_, index) => index);
  const single = indices.filter((index) => plans[index].units === 1);
  return (single.length > 0 ? single : indices).reduce((best, index) =>
    plans[index].estimates.milliseconds < plans[best].estimates.milliseconds ? index : best,
  );
}
