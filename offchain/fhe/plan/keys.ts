import { compareEntries, entryOf, type KeyNeed } from "../ckks/key-need.ts";
import { conjugationElement, galoisElement } from "../ring/automorphism.ts";
import type { Plan, ValueId } from "./plan.ts";
import type { ValueType } from "./value-type.ts";

/**
 * The keys a plan needs: for every automorphism and for relinearisation the highest level it is used at, the small keys when there is a compact
 * result, and the batch public key when there is a batch.
 *
 * @param types of the plan's values
 * @returns sorted by (kind, element), as key packs are
 */
export function deriveKeyNeeds(
  { instructions, params, batch }: Pick<Plan, "instructions" | "params" | "batch">,
  types: readonly ValueType[],
): KeyNeed[] {
  const elements = new Map<number, number>();
  const galois = new Map<number, number>();
  const small = new Set<number>();
  let relin = 0;
  const use = (element: number, operand: ValueId): void => {
    galois.set(element, Math.max(galois.get(element) ?? 0, types[operand].level));
  };
  // An element takes as many steps to compute as it rotates by; a hostile plan rotates often.
  const elementOf = (step: number): number => {
    const known = elements.get(step) ?? galoisElement(step, params.n);
    elements.set(step, known);
    return known;
  };
  for (const instruction of instructions) {
    if (instruction.op === "rotate" || (instruction.op === "rotateHoisted" && instruction.step !== 0))
      use(elementOf(instruction.step), instruction.a);
    else if (instruction.op === "conjugate") use(conjugationElement(params.n), instruction.a);
    else if (instruction.op === "relinearise" || instruction.op === "relineariseExt")
      relin = Math.max(relin, types[instruction.a].level);
    else if (instruction.op === "compact") small.add(instruction.ring);
  }
  const needs: KeyNeed[] = [...galois].map(([element, level]) => ({ kind: "galois", element, gadget: 1, level }));
  if (relin > 0) needs.push({ kind: "relin", gadget: 1, level: relin });
  for (const ring of small) needs.push({ kind: "switch", ring, gadget: 2 }, { kind: "compactPublic", ring });
  if (batch !== undefined) needs.push({ kind: "batchPublic", ring: params.n });
  return needs.sort((a, b) => compareEntries(entryOf(a), entryOf(b)));
}
