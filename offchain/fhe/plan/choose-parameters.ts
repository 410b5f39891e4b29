import { HOISTED_SETS, NAMED_SETS, type NamedSet } from "../ckks/named-sets.ts";
import { CompileError } from "./errors.ts";
import type { Network } from "./fold.ts";
import type { SemanticsId } from "./plan.ts";

/** The named sets of a semantics, cheapest first. */
export function setsOf(semantics: SemanticsId): readonly NamedSet[] {
  return semantics === "seal-4.1" ? NAMED_SETS : HOISTED_SETS;
}

/**
 * The parameter sets deep enough for a network, cheapest first.
 *
 * @throws CompileError naming the layer at which the levels of the deepest set run out
 */
export function deepEnough({ stages }: Network, sets: readonly NamedSet[] = NAMED_SETS): readonly NamedSet[] {
  const fitting = sets.filter(({ depth }) => depth >= stages.length);
  if (fitting.length > 0) return fitting;
  const deepest = Math.max(...sets.map(({ depth }) => depth));
  const beyond = stages[deepest];
  throw new CompileError(
    beyond.layers[0],
    `is at depth ${deepest + 1} of a model that needs ${stages.length}, and the deepest parameter set allows ${deepest}`,
    "Take layers out: every square takes one level, and so does everything linear between two squares; consecutive linear layers are one already.",
  );
}
