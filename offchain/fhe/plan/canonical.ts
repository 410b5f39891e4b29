/** The bytes of a plan (docs/formats.md, section 2) and the digest that names it. */
import * as z from "zod";
import { canonicalBytes, parseCanonical } from "../../digest/canonical-json.ts";
import { CanonicalJsonError } from "../../digest/errors.ts";
import type { Bytes32 } from "../../digest/hex.ts";
import { blobRoot } from "../../digest/merkle.ts";
import { ParameterError, parameterSet } from "../ckks/parameters.ts";
import { distrusted, type Untrusted } from "../ckks/untrusted.ts";
import { PlanError } from "./errors.ts";
import type { Plan } from "./plan.ts";
import { PLAN_LIMITS, planSchema } from "./schema.ts";
import { typecheck, type CheckedPlan } from "./typecheck.ts";

/** The canonical bytes of a plan. */
export function planBytes(plan: Plan): Uint8Array<ArrayBuffer> {
  return canonicalBytes(plan);
}

/** What identifies a plan: the blob root of its canonical bytes. */
export function planDigest(plan: Plan): Bytes32 {
  return blobRoot(planBytes(plan));
}

/**
 * Reads a plan from outside and checks all of it.
 *
 * @param bytes canonical JSON, at most 4 MiB
 * @returns the plan with the types of its values
 * @throws PlanError with the first reason found
 */
export function parsePlan(bytes: Untrusted<Uint8Array> | Uint8Array): CheckedPlan {
  const raw = bytes instanceof Uint8Array ? bytes : distrusted(bytes);
  let value: unknown;
  try {
    value = parseCanonical(raw, PLAN_LIMITS.bytes);
  } catch (cause) {
    if (!(cause instanceof CanonicalJsonError)) throw cause;
    throw new PlanError("its bytes are not canonical JSON", { cause });
  }
  return checkPlan(value);
}

/**
 * Checks a plan that is a JavaScript value already.
 *
 * @param value of any origin
 * @throws PlanError with the first reason found
 */
export function checkPlan(value: unknown): CheckedPlan {
  const parsed = planSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new PlanError(`at ${z.core.toDotPath(issue.path) || "its root"}: ${issue.message}`);
  }
  try {
    return typecheck({ ...parsed.data, params: parameterSet(parsed.data.params) });
  } catch (cause) {
    if (!(cause instanceof ParameterError)) throw cause;
    throw new PlanError("its parameter set does not exist", { cause });
  }
}
