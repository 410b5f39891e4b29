/** Evaluates a model a few times on the SIMD engine, as a node's worker would, and prints the most memory this took: `node evaluate.ts <folder> <key set>`. */
import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import path from "node:path";
import type { Bytes32 } from "../../../offchain/digest/hex.ts";
import type { RunOptions } from "../../../offchain/fhe/engine/engine.ts";
import { loadSimdModel, type SimdUser } from "../../../offchain/fhe/engine/simd.ts";
import { parsePlan } from "../../../offchain/fhe/plan/canonical.ts";
import { FILES } from "./memory.ts";
import { compactorFor, readInput, readPack } from "./user.ts";

const RUNS = 5;

const [folder, keySet] = process.argv.slice(2) as [string, Bytes32];
const read = (name: keyof typeof FILES): Buffer => readFileSync(path.join(folder, FILES[name]));

const checked = parsePlan(read("plan"));
const { plan } = checked;
using model = await loadSimdModel(checked, readConstants());
const input = readInput(plan, keySet, read("input"));
const { user, options } = await openUser();
for (let run = 0; run < RUNS; run++) await user.run([input], options);
user[Symbol.dispose]();
console.log(JSON.stringify({ peakRssMb: peakBytes() / 1e6 }));

/** Makes the user's keys ready; the pack they come in is not needed any more. */
async function openUser(): Promise<{ readonly user: SimdUser; readonly options: RunOptions }> {
  const pack = readPack(plan, keySet, read("pack"));
  return { user: await model.openKeys([pack]), options: compactorFor(plan, pack, input) };
}

/** Residues as the file has them, in a resizable buffer as a package is opened into: the engine empties it. */
function readConstants(): Uint32Array {
  const { size } = statSync(path.join(folder, FILES.constants));
  const residues = new Uint32Array(new ArrayBuffer(size, { maxByteLength: size }));
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
