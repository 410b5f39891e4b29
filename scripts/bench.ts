/** Runs one of the benchmarks in `bench/`: `npm run bench -- <name> [options]`. Without a name, lists them. */
import { spawnSync } from "node:child_process";
import path from "node:path";

import { requireNode24 } from "./require-node.ts";

requireNode24();

const BENCHES: Readonly<Record<string, string>> = {
  kernel: "operations of the SIMD kernel against node-seal; --n, --primes, --large (always JSON)",
  inference: "the sample models under encryption against node-seal; --model, --samples, --json",
  throughput: "a batch of one user in one request against one request an input; --model, --json",
};

const [name, ...options] = process.argv.slice(2);
if (name === undefined || !Object.hasOwn(BENCHES, name)) {
  if (name !== undefined) console.error(`There is no benchmark "${name}".`);
  console.log("npm run bench -- <name> [options]\n");
  for (const [bench, what] of Object.entries(BENCHES)) console.log(`  ${bench.padEnd(11)}${what}`);
  process.exit(name === undefined ? 0 : 1);
}

const script = path.join(import.meta.dirname, "bench", `${name}.ts`);
const { status } = spawnSync(process.execPath, [script, ...options], { stdio: "inherit" });
process.exit(status ?? 1);
