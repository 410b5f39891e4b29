/** Exact sizes of what a plan makes people send and store (docs/formats.md, sections 5, 6 and 9). */
import { batchInputBytes } from "../ckks/batch-input.ts";
import { CIPHERTEXT_HEADER_BYTES, ciphertextBytes } from "../ckks/ciphertext-format.ts";
import type { KeyNeed } from "../ckks/key-need.ts";
import type { ParameterSet } from "../ckks/parameters.ts";
import { digitGroups, primesOf } from "../ckks/residues.ts";
import { packed30Bytes } from "../ring/pack30.ts";
import { batchPublicBodyBytes, batchResultBytes } from "./batch-shape.ts";
import { COMPACT_PUBLIC_BODY_BYTES, compactResultBytes, switchKeyBodyBytes } from "./compact-shape.ts";
import type { Plan } from "./plan.ts";
import { componentsOf, type ValueType } from "./value-type.ts";

const PACK_HEADER_BYTES = 72;
const PACK_ENTRY_BYTES = 16;

/** Bytes of the body of one key in a pack. */
function keyBodyBytes(params: ParameterSet, need: KeyNeed): number {
  switch (need.kind) {
    case "galois":
    case "relin":
      return digitGroups(params, need.level).length * (need.level + params.special.length) * packed30Bytes(params.n);
    case "switch":
      return switchKeyBodyBytes(params);
    case "compactPublic":
      return COMPACT_PUBLIC_BODY_BYTES;
    case "batchPublic":
      return batchPublicBodyBytes(params);
  }
}

/** Bytes of one pack with all the keys a plan needs, for a user who has none yet; 0 when it needs none. */
export function keyBytes({ params, keys }: Pick<Plan, "params" | "keys">): number {
  if (keys.length === 0) return 0;
  return keys.reduce((sum, need) => sum + PACK_ENTRY_BYTES + keyBodyBytes(params, need), PACK_HEADER_BYTES);
}

/** Bytes of all constants, encoded. */
export function constantBytes({ params, constants }: Pick<Plan, "params" | "constants">): number {
  return constants.reduce((sum, { kind, level, basis }) => {
    const residues = primesOf(params, level, basis).length * (kind === "plain" ? params.n : 1);
    return sum + 4 * residues;
  }, 0);
}

/** Bytes of all inputs, freshly encrypted; of a batch in one blob. */
export function inputBytes({ params, inputs, batch }: Pick<Plan, "params" | "inputs" | "batch">): number {
  if (batch !== undefined) return batchInputBytes({ params, inputs });
  return inputs.reduce((sum, { level }) => sum + ciphertextBytes(params, level, "input"), 0);
}

/** Bytes of all outputs. */
export function resultBytes(
  { params, instructions, outputs, batch }: Pick<Plan, "params" | "instructions" | "outputs" | "batch">,
  types: readonly ValueType[],
): number {
  if (batch !== undefined) return batchResultBytes(params, batch.bits, outputs.length);
  return outputs.reduce((sum, { value }) => {
    const instruction = instructions[value];
    if (instruction.op === "compact") return sum + compactResultBytes(instruction);
    const { level } = types[value];
    return sum + CIPHERTEXT_HEADER_BYTES + componentsOf(types[value]) * level * packed30Bytes(params.n);
  }, 0);
}
