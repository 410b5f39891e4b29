/**
 * Times the SIMD kernel against node-seal, operation by operation, in one process on one core, and prints one line of JSON each:
 * `{op, n, primes, ms: {simd, seal}, ratio}`. Both do the same work on the same keys and data, taking turns; a figure is
 * processor time in the best of several rounds, so that what else the machine does counts least.
 *
 * With `--large`, it times instead a rotation at N = 32768 with three digits of seven primes against one prime a digit, both on
 * the kernel: `{op, n, primes, ms: {grouped, single}, ratio}`.
 */
import { parseArgs } from "node:util";

import { compareLarge } from "./kernel/large.ts";
import { matrixProduct } from "./kernel/matrix.ts";
import { operations } from "./kernel/operations.ts";
import { createRig } from "./kernel/rig.ts";

const { values } = parseArgs({
  options: { n: { type: "string" }, primes: { type: "string" }, large: { type: "boolean" }, json: { type: "boolean" } },
});

if (values.large === true) {
  console.log(JSON.stringify(await compareLarge()));
} else {
  const rig = await createRig(Number(values.n ?? 8192), Number(values.primes ?? 7));
  for await (const line of operations(rig)) console.log(JSON.stringify(line));
  console.log(JSON.stringify(matrixProduct(rig)));
}
