import type { Plan } from "../fhe/plan/plan.ts";
import type { Manifest } from "../sealing/manifest.ts";
import { planMismatch } from "./errors.ts";
import { answerForm } from "./plan-ends.ts";

const FIGURES = ["keyBytes", "inputBytes", "resultBytes", "errorBound", "milliseconds"] as const;

/**
 * Checks that a plan is what its manifest says. The chain ties both to the version, but not to each other, and people decide by the manifest.
 *
 * @param planIndex of the plan among the manifest's
 * @throws ClientError `PLAN_MISMATCH` naming what differs
 */
export function checkStated({ estimates, inputs, outputs, batch }: Plan, manifest: Manifest, planIndex: number): void {
  const same = (what: string, a: unknown, b: unknown): void => {
    if (JSON.stringify(a) !== JSON.stringify(b)) throw planMismatch(what);
  };
  const stated = manifest.plans[planIndex];
  if (stated === undefined) throw planMismatch("index");
  for (const key of FIGURES) same(`estimate of ${key}`, estimates[key], stated.estimates[key]);
  same("number of inputs a request", batch?.samples, stated.batch);
  const { shape, range } = manifest.input;
  for (const { layout, range: taken } of inputs) {
    same("input shape", layout.shape, shape);
    same("input range", [taken.min, taken.max], [range.min, range.max]);
  }
  same("labels", answerForm({ outputs }).labels, manifest.output.labels);
  for (const { finish } of outputs) same("last activation", finish, manifest.output.finish);
}
