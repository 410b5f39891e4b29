/** The form of a plan's canonical JSON: every field, its type, and how much of it there may be. What it means is checked by `typecheck`. */
import * as z from "zod";
import { DECIMAL } from "./decimal.ts";
import type { Plan } from "./plan.ts";

/** Limits on counts, so that a hostile plan costs a reader little. */
export const PLAN_LIMITS = {
  bytes: 16 << 20,
  inputs: 1 << 12,
  outputs: 1 << 10,
  instructions: 1 << 16,
  constants: 1 << 17,
  terms: 1 << 10,
  layers: 1024,
  keys: 1024,
  axes: 8,
  slots: 1 << 14,
  labels: 1 << 12,
  text: 200,
} as const;

const count = z.int().nonnegative();
const positive = z.int().positive();
const id = count.max(PLAN_LIMITS.instructions);
const constantId = count.max(PLAN_LIMITS.constants);
const decimal = z.string().max(48).regex(DECIMAL);
const text = z.string().min(1).max(PLAN_LIMITS.text);

const params = z.strictObject({
  version: z.literal(1),
  id: z.string().max(64),
  n: positive,
  data: z.array(positive).max(64),
  special: z.array(positive).max(64),
  groups: z.array(z.array(count).max(64)).max(64),
});

const inputLayout = z.strictObject({
  kind: z.literal("gather"),
  shape: z.array(positive).min(1).max(PLAN_LIMITS.axes),
  period: positive,
  indices: z.array(z.int().min(-1)).min(1).max(PLAN_LIMITS.slots),
});

const input = z.strictObject({
  name: text,
  layout: inputLayout,
  level: positive,
  scale: positive,
  range: z.strictObject({ min: decimal, max: decimal }),
});

const output = z.strictObject({
  name: text,
  value: id,
  layout: z.strictObject({ period: positive, slots: z.array(count).min(1).max(PLAN_LIMITS.slots) }),
  bound: decimal,
  finish: z.enum(["none", "softmax", "sigmoid"]),
  labels: z.array(text).max(PLAN_LIMITS.labels),
});

const constant = z.strictObject({
  kind: z.enum(["plain", "scalar"]),
  basis: z.enum(["Q", "QP"]),
  level: positive,
  scale: z.union([positive, z.strictObject({ like: id })]),
});

const instruction = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("input"), input: id }),
  z.strictObject({ op: z.enum(["add", "sub", "mul", "addExt"]), a: id, b: id }),
  z.strictObject({
    op: z.enum(["negate", "square", "relinearise", "relineariseExt", "conjugate", "decompose"]),
    a: id,
  }),
  z.strictObject({ op: z.enum(["addPlain", "mulPlain", "mulScalar", "mulPlainExt"]), a: id, constant: constantId }),
  z.strictObject({
    op: z.literal("combine"),
    values: z.array(id).min(1).max(PLAN_LIMITS.terms),
    constants: z.array(constantId).min(1).max(PLAN_LIMITS.terms),
  }),
  z.strictObject({ op: z.enum(["rescale", "modSwitch"]), a: id, times: positive }),
  z.strictObject({ op: z.literal("rotate"), a: id, step: positive }),
  z.strictObject({ op: z.literal("rotateHoisted"), a: id, step: count, ext: z.boolean() }),
  z.strictObject({ op: z.literal("modDown"), a: id, times: count }),
  z.strictObject({ op: z.literal("compact"), a: id, ring: positive, bits: positive, period: positive }),
]);

const key = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("galois"), element: positive, gadget: z.literal(1), level: positive }),
  z.strictObject({ kind: z.literal("relin"), gadget: z.literal(1), level: positive }),
  z.strictObject({ kind: z.literal("switch"), ring: positive, gadget: z.literal(2) }),
  z.strictObject({ kind: z.literal("compactPublic"), ring: positive }),
  z.strictObject({ kind: z.literal("batchPublic"), ring: positive }),
]);

const estimates = z.strictObject({
  keyBytes: count,
  inputBytes: count,
  resultBytes: count,
  errorBound: decimal,
  milliseconds: count,
});

/** A plan as parsed JSON. */
export const planSchema: z.ZodType<Plan> = z.strictObject({
  version: z.literal(1),
  semantics: z.enum(["seal-4.1", "hoisted-1"]),
  compiler: text,
  model: text,
  params,
  inputs: z.array(input).min(1).max(PLAN_LIMITS.inputs),
  constants: z.array(constant).max(PLAN_LIMITS.constants),
  instructions: z.array(instruction).min(1).max(PLAN_LIMITS.instructions),
  outputs: z.array(output).min(1).max(PLAN_LIMITS.outputs),
  batch: z.strictObject({ samples: positive, bits: positive }).exactOptional(),
  keys: z.array(key).max(PLAN_LIMITS.keys),
  layers: z.array(z.strictObject({ name: text, kind: text, from: count, to: count })).max(PLAN_LIMITS.layers),
  estimates,
});
