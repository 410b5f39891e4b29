/** Small plans written by hand, complete enough for `typecheck`. */
import { ciphertextBytes } from "../../../../offchain/fhe/ckks/ciphertext-format.ts";
import type { KeyNeed } from "../../../../offchain/fhe/ckks/key-need.ts";
import { keyBytes } from "../../../../offchain/fhe/plan/bytes.ts";
import { compactResultBytes } from "../../../../offchain/fhe/plan/compact-shape.ts";
import type { Instruction, Plan, PlanConstant } from "../../../../offchain/fhe/plan/plan.ts";
import { typecheck, type CheckedPlan } from "../../../../offchain/fhe/plan/typecheck.ts";
import { params } from "../ckks/fixtures.ts";

export interface HandPlan {
  readonly inputs: readonly { readonly level: number; readonly scale: number }[];
  readonly constants?: readonly PlanConstant[];
  readonly instructions: readonly Instruction[];
  readonly keys?: readonly KeyNeed[];
  /** Value of each output. */
  readonly outputs: readonly number[];
}

export function handPlan({ inputs, constants = [], instructions, keys = [], outputs }: HandPlan): CheckedPlan {
  const results = outputs.map((value) => instructions[value]);
  const plan: Plan = {
    version: 1,
    semantics: "seal-4.1",
    compiler: "by hand",
    model: "test",
    params,
    inputs: inputs.map((input, i) => ({
      ...input,
      name: `x${i}`,
      layout: { kind: "gather", shape: [1], period: 1, indices: [0] },
      range: { min: "-8", max: "8" },
    })),
    constants,
    instructions,
    outputs: outputs.map((value, i) => {
      const result = results[i];
      const period = result.op === "compact" ? result.period : 1;
      return { name: `y${i}`, value, layout: { period, slots: [0] }, bound: "100", finish: "none", labels: [] };
    }),
    keys,
    layers: [],
    estimates: {
      keyBytes: keyBytes({ params, keys }),
      inputBytes: inputs.reduce((sum, { level }) => sum + ciphertextBytes(params, level, "input"), 0),
      resultBytes: results.reduce((sum, result) => {
        return sum + (result.op === "compact" ? compactResultBytes(result) : ciphertextBytes(params, 1, "result"));
      }, 0),
      errorBound: "0.1",
      milliseconds: 0,
    },
  };
  return typecheck(plan);
}

/** Constants of a plan, one after the other. */
export function joinResidues(...parts: readonly Uint32Array[]): Uint32Array {
  const out = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
