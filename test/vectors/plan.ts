/**
 * Writes test/vectors/plan.json: `node test/vectors/plan.ts`. Canonical bytes and digest are made here by other means than the code under test: keys
 * sorted by hand, the reference hash of test/offchain/digest.
 */
import { writeFileSync } from "node:fs";
import { reference } from "../offchain/digest/reference.ts";
import { SAMPLE_PLAN } from "../offchain/fhe/plan/sample-plan.ts";

/** RFC 8785 for what a plan holds: ASCII keys and text, integers, booleans. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(",")}}`;
}

export function planVector() {
  const canonicalJson = canonical(SAMPLE_PLAN);
  return {
    comment:
      "A plan's canonical bytes (UTF-8 of canonicalJson) and its digest, their blob root (docs/formats.md, sections 1 and 2).",
    canonicalJson,
    digest: reference("blob", Buffer.from(canonicalJson, "utf8"), []).root,
  };
}

if (import.meta.main) {
  writeFileSync(new URL("plan.json", import.meta.url), `${JSON.stringify(planVector(), null, 2)}\n`);
}
