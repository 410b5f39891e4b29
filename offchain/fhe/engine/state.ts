/**
 * The state of an evaluation at a step, which a juror shows to have evaluated (docs/protocol.md, "The step that shows the work"; docs/formats.md,
 * section 13). Engines that give the same residues give the same digest.
 */
import { wordBytes } from "../../digest/bytes.ts";
import { ZERO_HASH, type Bytes32 } from "../../digest/hex.ts";
import { MerkleHasher } from "../../digest/merkle.ts";
import type { Instruction, Plan, ValueId } from "../plan/plan.ts";

/** Inputs are known to everybody, digits are no ciphertext, and what `compact` makes is masked and no value. */
const WITHOUT_STATE = new Set<Instruction["op"]>(["input", "decompose", "compact"]);

/** The state digest where there is no state: of a plan that computes nothing, and of an answer that is no result. */
export const NO_STATE = ZERO_HASH;

/**
 * The instructions a step may be drawn among: those that define a ciphertext which takes work to know.
 *
 * @returns their indices, in order
 */
export function stepsWithState({ instructions }: Pick<Plan, "instructions">): readonly ValueId[] {
  return instructions.flatMap(({ op }, id) => (WITHOUT_STATE.has(op) ? [] : [id]));
}

/**
 * The step a seed draws: number `seed mod count` of the `count` instructions that have a state, the seed read as a big-endian number.
 *
 * @param seed of the entropy round drawn after the votes were closed
 * @returns the instruction's index, or undefined when the plan has none with a state
 */
export function drawnStep(plan: Pick<Plan, "instructions">, seed: Bytes32): ValueId | undefined {
  const steps = stepsWithState(plan);
  return steps.length === 0 ? undefined : steps[Number(BigInt(seed) % BigInt(steps.length))];
}

/**
 * The digest of a value: the root of kind 2 over its residues, component by component, limb by limb.
 *
 * @param polynomials the components: canonical residues in NTT form, of the data primes and in the extended basis the special primes after them
 */
export function stateDigest(polynomials: readonly Uint32Array[]): Bytes32 {
  const hasher = new MerkleHasher("residues");
  for (const polynomial of polynomials) hasher.update(wordBytes(polynomial));
  return hasher.root();
}
