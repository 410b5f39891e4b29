/** A small plan written by hand: (w0·x + w1·rot(x, 1) + b)², times w2, folded once, compacted. Its keys and sizes were worked out on paper. */
import { N8192_D6_S1 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import type { Plan } from "../../../../offchain/fhe/plan/plan.ts";

/** What is left when `readonly` is taken away, so that a test can break one thing. */
export type Mutable<T> = T extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Mutable<T[Key]> }
    : T;

const { set } = N8192_D6_S1;

/** N/2 residues of 30 bits twice: one packed polynomial. */
const POLYNOMIAL = (8192 * 30) / 8;

export const SAMPLE_PLAN: Plan = {
  version: 1,
  semantics: "seal-4.1",
  compiler: "by-hand/1",
  model: "sample",
  params: set,
  inputs: [
    {
      name: "x",
      layout: { kind: "gather", shape: [3], period: 4, indices: [0, 1, 2, -1] },
      level: 4,
      scale: 2 ** 30,
      range: { min: "-0.5", max: "1" },
    },
  ],
  constants: [
    { kind: "plain", basis: "Q", level: 4, scale: set.data[3] },
    { kind: "plain", basis: "Q", level: 4, scale: set.data[3] },
    { kind: "plain", basis: "Q", level: 3, scale: { like: 5 } },
    { kind: "scalar", basis: "Q", level: 2, scale: 2 ** 24 },
  ],
  instructions: [
    { op: "input", input: 0 },
    { op: "mulPlain", a: 0, constant: 0 },
    { op: "rotate", a: 0, step: 1 },
    { op: "mulPlain", a: 2, constant: 1 },
    { op: "add", a: 1, b: 3 },
    { op: "rescale", a: 4, times: 1 },
    { op: "addPlain", a: 5, constant: 2 },
    { op: "square", a: 6 },
    { op: "relinearise", a: 7 },
    { op: "rescale", a: 8, times: 1 },
    { op: "mulScalar", a: 9, constant: 3 },
    { op: "rescale", a: 10, times: 1 },
    { op: "rotate", a: 11, step: 2 },
    { op: "add", a: 11, b: 12 },
    { op: "compact", a: 13, ring: 1024, bits: 16, period: 4 },
  ],
  outputs: [
    {
      name: "y",
      value: 14,
      layout: { period: 4, slots: [0, 1] },
      bound: "12.5",
      finish: "softmax",
      labels: ["no", "yes"],
    },
  ],
  keys: [
    { kind: "galois", element: 3, gadget: 1, level: 4 },
    { kind: "galois", element: 9, gadget: 1, level: 1 },
    { kind: "relin", gadget: 1, level: 3 },
    { kind: "switch", ring: 1024, gadget: 2 },
    { kind: "compactPublic", ring: 1024 },
  ],
  layers: [
    { name: "first", kind: "dense", from: 1, to: 7 },
    { name: "square", kind: "square", from: 7, to: 10 },
    { name: "last", kind: "dense", from: 10, to: 14 },
  ],
  estimates: {
    // Header, five table rows, 4 digits of 5 limbs, 1 of 2, 3 of 4, and the two small keys: 8·7·3,456 and 3,456 bytes.
    keyBytes: 72 + 5 * 16 + (4 * 5 + 1 * 2 + 3 * 4) * POLYNOMIAL + 193_536 + 3_456,
    inputBytes: 112 + 4 * POLYNOMIAL,
    resultBytes: 40 + ((8 + 1024) * 16) / 8,
    errorBound: "0.125",
    milliseconds: 0,
  },
};

/** A copy of the sample with one thing changed. */
export function changed(change: (plan: Mutable<Plan>) => void): Plan {
  const copy = structuredClone(SAMPLE_PLAN) as Mutable<Plan>;
  change(copy);
  return copy;
}
