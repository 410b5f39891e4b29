/** Words and choices about models and requests that several views share. */
import type { ModelCard } from "../../offchain/client/types.ts";

/** Whether a model can be asked now, and if not, why. */
export type Availability = "open" | "no-node" | "paused" | "retired" | "unknown";

/** @param card what could be had of the model */
export function availability({ model, nodes }: Pick<ModelCard, "model" | "nodes">): Availability {
  if (model === undefined) return "unknown";
  if (model.status !== "active") return model.status;
  return nodes?.some(({ canTake }) => canTake) === false ? "no-node" : "open";
}

/** What people call the model. */
export function titleOf({ modelId, manifest }: Pick<ModelCard, "modelId" | "manifest">): string {
  return manifest?.title ?? `Model ${modelId}`;
}
