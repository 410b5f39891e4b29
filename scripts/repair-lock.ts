/**
 * Keeps package-lock.json installable by the npm of Node 20 and on registries that lack some platform packages.
 *
 * Two faults are mended (docs/decisions/0001-node-24-from-the-lock.md):
 * - npm silently skips an *optional* package whose `engines` exclude the running Node. It runs on the system's Node 20, while
 *   the packages themselves run on the Node 24 that the lock brings along, so `engines` is dropped from optional entries.
 * - npm leaves an optional package out of the lock when the registry lacks it, and `npm ci` then refuses the lock. Such an
 *   entry is added with its platform and without integrity; it is never downloaded on another platform.
 *
 * Usage: `node scripts/repair-lock.ts [--check]`. With `--check` nothing is written and the exit code is 1 if repair is needed.
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

export interface LockEntry {
  version?: string;
  integrity?: string;
  os?: string[];
  cpu?: string[];
  dev?: boolean;
  optional?: boolean;
  engines?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}
export interface Lock {
  packages: Record<string, LockEntry>;
}

const OS = ["darwin", "linux", "win32", "freebsd", "android", "openbsd", "netbsd", "sunos", "aix"];
const CPU = ["wasm32", "arm64", "x64", "ia32", "arm", "ppc64", "s390x", "riscv64", "loong64", "mips64el"];

/** True when an `engines.node` range has no alternative that Node 20.0 to 20.x satisfies. Reads only lower bounds, as published. */
function excludesNode20(range: string): boolean {
  return range.split("||").every((part) => {
    const bound = /(>=|>|\^|~)?\s*v?(\d+)/.exec(part.trim());
    if (!bound) return false;
    const major = Number(bound[2]);
    return major > 20 || ((bound[1] === "^" || bound[1] === "~" || bound[1] === undefined) && major < 20);
  });
}

/**
 * Lists what is wrong with a lock and mends it in place.
 *
 * @param lock a parsed package-lock.json, lockfileVersion 3; changed in place
 * @returns one sentence for each repair, empty when nothing had to be done
 */
export function repairLock(lock: Lock): string[] {
  const repairs: string[] = [];
  for (const [key, entry] of Object.entries(lock.packages)) {
    if (entry.optional && entry.engines?.node !== undefined && excludesNode20(entry.engines.node)) {
      delete entry.engines;
      repairs.push(`dropped engines of ${key}: npm on Node 20 would skip it without a word`);
    }
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      const nested = key === "" ? `node_modules/${name}` : `${key}/node_modules/${name}`;
      const hoisted = `node_modules/${name}`;
      if (lock.packages[nested] || lock.packages[hoisted]) continue;
      if (!/^\d/.test(range))
        throw new Error(`${key} wants ${name}@${range}, which is not in the lock and has no exact version`);
      const words = name.split(/[-/]/);
      const os = OS.filter((word) => words.includes(word));
      const cpu = CPU.filter((word) => words.includes(word));
      if (cpu.length === 0)
        throw new Error(`${name} is missing from the lock and its name does not say for which platform it is`);
      lock.packages[hoisted] = {
        version: range,
        ...(os.length > 0 ? { os } : {}),
        cpu,
        ...(entry.dev ? { dev: true } : {}),
        optional: true,
      };
      repairs.push(`added ${hoisted}@${range}: the registry lacks it, and npm ci refuses a lock without it`);
    }
  }
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en"));
  lock.packages = Object.fromEntries(sorted);
  return repairs;
}

if (import.meta.main) {
  const file = path.resolve(import.meta.dirname, "../package-lock.json");
  const lock = JSON.parse(readFileSync(file, "utf8")) as Lock;
  const repairs = repairLock(lock);
  for (const repair of repairs) console.log(repair);
  if (process.argv.includes("--check")) process.exitCode = repairs.length > 0 ? 1 : 0;
  else if (repairs.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}
