/** Evaluates a model a few times on the SIMD engine, as a node's worker would, and prints the most memory this took: `node evaluate.ts <folder> <key set>`. */
import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import path from "node:path";
import type { Bytes32 } from "../../../offchain/digest/hex.ts";
import { loadSimdModel } from "../../../offchain/fhe/engine/simd.ts";
import { parsePlan } from "../../../offchain/fhe/plan/canonical.ts";
import { FILES } from "./memory.ts";
import { compactorFor, readInput, readPack } from "./user.ts";

const RUNS = 5;

const [folder, keySet] = process.argv.slice(2) as [string, Bytes32];
const read = (name: keyof typeof FILES): Buffer => readFileSync(path.join(folder, FILES[name]));

const checked = parsePlan(read("plan"));
const { plan } = checked;
const pack = readPack(plan, keySet, read("pack"));
const input = readInput(plan, keySet, read("input"));
using model = await loadSimdModel(checked, readConstants());
using user = await model.openKeys([pack]);
for (let run = 0; run < RUNS; run++) await user.run([input], compactorFor(plan, pack, input));
console.log(JSON.stringify({ peakRssMb: peakBytes() / 1e6 }));

/** Residues as the file has them, in one piece of memory; the engine does not keep it. */
function readConstants(): Uint32Array {
  const { size } = statSync(path.join(folder, FILES.constants));
  const residues = new Uint32Array(size / Uint32Array.BYTES_PER_ELEMENT);
  const file = openSync(path.join(folder, FILES.constants), "r");
  try {
    if (readSync(file, residues) !== size) throw new Error("the constants were not read whole");
    return residues;
  } finally {
    closeSync(file);
  }
}

/** Linux counts what stood in memory before this program was loaded to `maxRSS`, and not to `VmHWM`. */
function peakBytes(): number {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS * 1024;
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
  if (peak === null) throw new Error("/proc/self/status names no peak");
  return Number(peak[1]) * 1024;
}
