import { compareLarge } from "./kernel/large.ts";
import { matrixProduct } from "./kernel/matrix.ts";
import { operations } from "./kernel/operations.ts";
import { createRig } from "./kernel/rig.ts";

/**
 * Times the SIMD kernel against node-seal, operation by operation, in one process on one core, and prints one line of JSON each:
 * `{op, n, primes, ms: {simd, seal}, ratio}`. Both do the same work on the same keys and data, taking turns; a figure is
 * processor time in the best of several rounds, so that what else the machine does counts least.
 *
 * @param options ring degree, and number of 30-bit primes, the special one included
 */
export async function benchKernel({ n, primes }: { readonly n: number; readonly primes: number }): Promise<void> {
  const rig = await createRig(n, primes);
  for await (const line of operations(rig)) console.log(JSON.stringify(line));
  console.log(JSON.stringify(matrixProduct(rig)));
}

/** Times a rotation at N = 32768 with three digits of seven primes against one prime a digit: `{op, n, primes, ms: {grouped, single}, ratio}`. */
export async function benchLarge(): Promise<void> {
  console.log(JSON.stringify(await compareLarge()));
}
