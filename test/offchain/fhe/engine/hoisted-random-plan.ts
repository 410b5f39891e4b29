/** Plans at random of the instructions of hoisted-1, that `typecheck` accepts. */
import fc from "fast-check";

import { N8192_D6_S1 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import { parameterSet, type ParameterSet } from "../../../../offchain/fhe/ckks/parameters.ts";
import { ciphertextBytes } from "../../../../offchain/fhe/ckks/ciphertext-format.ts";
import { keyBytes } from "../../../../offchain/fhe/plan/bytes.ts";
import { deriveKeyNeeds } from "../../../../offchain/fhe/plan/keys.ts";
import type { Instruction, Plan, PlanConstant } from "../../../../offchain/fhe/plan/plan.ts";
import { typecheck, type CheckedPlan } from "../../../../offchain/fhe/plan/typecheck.ts";
import type { ValueType } from "../../../../offchain/fhe/plan/value-type.ts";
import { integerScale } from "../../../../offchain/fhe/plan/exact-scale.ts";

/** What a step of a random plan may be. Each takes the last value, and most of them a level. */
const OPERATIONS = ["rotated", "hoisted", "products", "folds", "square", "squareExt", "plain", "rescaled"] as const;

export const STEPS = [1, 2, 77] as const;

const { data, special } = N8192_D6_S1.set;

/** The primes of n8192-d6-s1, with two special ones and two data primes a digit. */
export const PAIRED = parameterSet({
  version: 1,
  id: "n8192-d5-s2",
  n: 8192,
  data: data.slice(0, 5),
  special: [data[5], ...special],
  groups: [[0, 1], [2, 3], [4]],
});

export interface RandomStep {
  readonly operation: (typeof OPERATIONS)[number];
  /** Which rotations, how many terms. */
  readonly seed: number;
}

export const randomStep: fc.Arbitrary<RandomStep> = fc.record({
  operation: fc.constantFrom(...OPERATIONS),
  seed: fc.nat(1000),
});

const SCALE = 2 ** 28;

/** Turns steps into a plan with one input at the top level; it ends in one ciphertext at level 1. */
export function randomHoistedPlan(params: ParameterSet, steps: readonly RandomStep[]): CheckedPlan {
  const instructions: Instruction[] = [{ op: "input", input: 0 }];
  const constants: PlanConstant[] = [];
  const top = params.data.length;
  let level = top;
  /** Levels every instruction's result has, for the keys. */
  const levels: number[] = [top];
  const write = (instruction: Instruction): number => {
    levels.push(level);
    return instructions.push(instruction) - 1;
  };
  const constant = (kind: PlanConstant["kind"], basis: PlanConstant["basis"], scale: PlanConstant["scale"]): number =>
    constants.push({ kind, basis, level, scale }) - 1;
  /** What every factor is encoded at: the prime that is dropped next, so that scales stay as they are. */
  const factor = (): number => params.data[level - 1];
  let value = 0;

  const scaled = (): void => {
    value = write({ op: "mulScalar", a: value, constant: constant("scalar", "Q", factor()) });
    level--;
    value = write({ op: "rescale", a: value, times: 1 });
  };
  const sumOf = (terms: readonly number[]): number =>
    terms.reduce((sum, term) => write({ op: "addExt", a: sum, b: term }));

  for (const { operation, seed } of steps) {
    const chosen = STEPS.filter((_, i) => ((seed >> i) & 1) === 1 || i === seed % STEPS.length);
    switch (operation) {
      case "rotated":
        value =
          seed % 4 === 0 ? write({ op: "conjugate", a: value }) : write({ op: "rotate", a: value, step: chosen[0] });
        break;
      case "plain": {
        const shifted = write({ op: "addPlain", a: value, constant: constant("plain", "Q", { like: value }) });
        value = write({ op: "sub", a: write({ op: "negate", a: shifted }), b: value });
        break;
      }
      case "hoisted": {
        const digits = write({ op: "decompose", a: value });
        value = chosen
          .map((step) => write({ op: "rotateHoisted", a: digits, step, ext: false }))
          .reduce((sum, term) => write({ op: "add", a: sum, b: term }));
        break;
      }
      case "products": {
        if (level === 1) break;
        const digits = write({ op: "decompose", a: value });
        const terms = [...(seed % 2 === 0 ? [0] : []), ...chosen].map((step) => {
          const rotated = write({ op: "rotateHoisted", a: digits, step, ext: true });
          return write({ op: "mulPlainExt", a: rotated, constant: constant("plain", "QP", factor()) });
        });
        const sum = sumOf(terms);
        if (seed % 3 === 0) {
          level--;
          value = write({ op: "modDown", a: sum, times: 1 });
        } else {
          const down = write({ op: "modDown", a: sum, times: 0 });
          level--;
          value = write({ op: "rescale", a: down, times: 1 });
        }
        break;
      }
      case "folds": {
        const digits = write({ op: "decompose", a: value });
        const first = sumOf([0, ...chosen].map((step) => write({ op: "rotateHoisted", a: digits, step, ext: true })));
        const again = write({ op: "decompose", a: first });
        const second = sumOf([
          first,
          ...chosen.map((step) => write({ op: "rotateHoisted", a: again, step, ext: true })),
        ]);
        value = write({ op: "modDown", a: second, times: 0 });
        break;
      }
      case "square":
      case "squareExt": {
        if (level === 1) break;
        // The factor keeps the scale of the square within the level.
        if (level > 2) scaled();
        const squared = write({ op: "square", a: value });
        if (operation === "square") {
          const linear = write({ op: "relinearise", a: squared });
          level--;
          value = write({ op: "rescale", a: linear, times: 1 });
        } else {
          const linear = write({ op: "relineariseExt", a: squared });
          level--;
          value = write({ op: "modDown", a: linear, times: 1 });
        }
        break;
      }
      case "rescaled": {
        if (level < 3) break;
        const first = write({ op: "mulPlain", a: value, constant: constant("plain", "Q", factor()) });
        const second = write({ op: "mulPlain", a: value, constant: constant("plain", "Q", factor()) });
        const sum = write({ op: "add", a: first, b: second });
        const doubled = write({ op: "mulScalar", a: sum, constant: constant("scalar", "Q", params.data[level - 2]) });
        level -= 2;
        value = write({ op: "rescale", a: doubled, times: 2 });
        break;
      }
    }
  }
  while (level > 1) scaled();

  const types = levels.map((at): ValueType => ({
    form: "ciphertext",
    degree: 1,
    basis: "Q",
    level: at,
    scale: integerScale(params, 1),
  }));
  const keys = deriveKeyNeeds({ instructions, params }, types);
  const plan: Plan = {
    version: 1,
    semantics: "hoisted-1",
    compiler: "by hand",
    model: "test",
    params,
    inputs: [
      {
        name: "x",
        level: top,
        scale: SCALE,
        layout: { kind: "gather", shape: [1], period: 1, indices: [0] },
        range: { min: "-8", max: "8" },
      },
    ],
    constants,
    instructions,
    outputs: [{ name: "y", value, layout: { period: 1, slots: [0] }, bound: "100", finish: "none", labels: [] }],
    keys,
    layers: [],
    estimates: {
      keyBytes: keyBytes({ params, keys }),
      inputBytes: ciphertextBytes(params, top, "input"),
      resultBytes: ciphertextBytes(params, 1, "result"),
      errorBound: "0.1",
      milliseconds: 0,
    },
  };
  return typecheck(plan);
}
