/** The smallest real plan: ten numbers in, the same ten out through a compact result. Everything but arithmetic is exercised by it. */
import type { Bytes32 } from "../../offchain/digest/hex.ts";
import { N8192_D6_S1 } from "../../offchain/fhe/ckks/named-sets.ts";
import { inputBytes, keyBytes, resultBytes } from "../../offchain/fhe/plan/bytes.ts";
import { planBytes, planDigest } from "../../offchain/fhe/plan/canonical.ts";
import { deriveKeyNeeds } from "../../offchain/fhe/plan/keys.ts";
import type { Instruction, Plan } from "../../offchain/fhe/plan/plan.ts";
import { typecheck } from "../../offchain/fhe/plan/typecheck.ts";

const PERIOD = 16;
const CLASSES = 10;
/** Values in ±8 and their encoding stay below half of the first prime. */
const SCALE = 2 ** 24;

export interface EchoPlan {
  readonly plan: Plan;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly digest: Bytes32;
}

/**
 * The plan.
 *
 * @param rotation with one, the input is rotated first: needs a Galois key besides, and output k is input k + 1
 */
export function echoPlan({ rotation = false, errorBound = "0.3" } = {}): EchoPlan {
  const params = N8192_D6_S1.set;
  const level = rotation ? 2 : 1;
  const instructions: Instruction[] = rotation
    ? [
        { op: "input", input: 0 },
        { op: "rotate", a: 0, step: 1 },
        { op: "modSwitch", a: 1, times: 1 },
        { op: "compact", a: 2, ring: 1024, bits: 16, period: PERIOD },
      ]
    : [
        { op: "input", input: 0 },
        { op: "compact", a: 0, ring: 1024, bits: 16, period: PERIOD },
      ];
  const bare: Plan = {
    version: 1,
    semantics: "seal-4.1",
    compiler: "test/1",
    model: rotation ? "echo-rotated" : "echo",
    params,
    inputs: [
      {
        name: "x",
        layout: {
          kind: "gather",
          shape: [CLASSES],
          period: PERIOD,
          indices: Array.from({ length: PERIOD }, (_, i) => (i < CLASSES ? i : -1)),
        },
        level,
        scale: SCALE,
        range: { min: "-8", max: "8" },
      },
    ],
    constants: [],
    instructions,
    outputs: [
      {
        name: "y",
        value: instructions.length - 1,
        layout: { period: PERIOD, slots: Array.from({ length: CLASSES }, (_, i) => i) },
        bound: "8",
        finish: "softmax",
        labels: Array.from({ length: CLASSES }, (_, i) => `class ${i}`),
      },
    ],
    keys: [],
    layers: [],
    estimates: { keyBytes: 0, inputBytes: 0, resultBytes: 0, errorBound, milliseconds: 1 },
  };
  // The types do not depend on what is filled in here; a first check of the whole would refuse the empty figures.
  const probe = complete(bare);
  const plan = typecheck(probe).plan;
  return { plan, bytes: planBytes(plan), digest: planDigest(plan) };
}

function complete(bare: Plan): Plan {
  const scale = { rest: BigInt(SCALE), exponents: bare.params.data.map(() => 0) };
  const types = bare.instructions.map((instruction) => ({
    form: instruction.op === "compact" ? ("compact" as const) : ("ciphertext" as const),
    degree: 1 as const,
    basis: "Q" as const,
    level: instruction.op === "input" || instruction.op === "rotate" ? bare.inputs[0].level : 1,
    scale,
  }));
  const keys = deriveKeyNeeds(bare, types);
  const plan = { ...bare, keys };
  return {
    ...plan,
    estimates: {
      ...plan.estimates,
      keyBytes: keyBytes(plan),
      inputBytes: inputBytes(plan),
      resultBytes: resultBytes(plan, types),
    },
  };
}
