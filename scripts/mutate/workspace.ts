import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { digestOf } from "./digests.ts";
import { instrument } from "./instrument.ts";
import { GUARD_FILE, GUARD_SOURCE, LIBRARY_FILE, LIBRARY_SOURCE } from "./library.ts";
import type { Point } from "./points.ts";
import { parseContracts } from "./syntax.ts";

/** Interfaces have no code, and what stands in for others in tests is not what is tested. */
const UNTOUCHED = /^contracts\/(interfaces|testing)\//;

/** What the contract tests import. */
const COPIED = ["test/contracts", "test/vectors", "offchain", "scripts", "build", "package.json", "tsconfig.json"];

const CONFIG = `import { createRequire } from "node:module";
import toolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { defineConfig } from "hardhat/config";

export default defineConfig({
  plugins: [toolbox],
  solidity: {
    version: "0.8.37",
    path: createRequire(import.meta.url).resolve("solc/soljson.js"),
    settings: {
      viaIR: true,
      evmVersion: "cancun",
      optimizer: { enabled: true, runs: 1, details: { yul: true, yulDetails: { optimizerSteps: "dhfoDgvulfnTUtnIf:u" } } },
    },
  },
  networks: {
    default: {
      type: "edr-simulated",
      chainType: "l1",
      allowUnlimitedContractSize: true,
      blockGasLimit: 100_000_000,
      transactionGasCap: false,
      // An estimate runs every transaction many times over.
      gas: 50_000_000,
    },
  },
});
`;

/** What decides over mutants: verdicts of an earlier version of it do not count. */
const JUDGES = ["cases.ts", "switched-chain.ts", "trials.ts"];

/** A folder with all mutants compiled. */
export interface Workspace {
  readonly points: readonly Point[];
  /** Digest of the contracts with their mutants, of how they are compiled and how they are tried. */
  readonly digest: string;
}

/**
 * Fills a folder with the contracts, mutants written in, and all their tests import, and compiles them there.
 *
 * @param root the project's folder, which is only read
 * @param folder where to; what an earlier call compiled there is used again if the contracts are the same
 */
export function prepare(root: string, folder: string): Workspace {
  const points: Point[] = [];
  const sources: (readonly [string, string])[] = [];
  for (const source of parseContracts(root)) {
    const to = join(folder, source.file);
    if (UNTOUCHED.test(source.file)) {
      sources.push([source.file, source.bytes]);
      write(to, source.bytes);
      continue;
    }
    const instrumented = instrument(source, (points.at(-1)?.id ?? 0) + 1);
    points.push(...instrumented.points);
    sources.push([source.file, instrumented.bytes]);
    write(to, instrumented.bytes);
  }
  write(join(folder, "contracts", LIBRARY_FILE), LIBRARY_SOURCE);
  write(join(folder, "contracts", GUARD_FILE), GUARD_SOURCE);
  for (const path of COPIED) {
    rmSync(join(folder, path), { recursive: true, force: true });
    cpSync(join(root, path), join(folder, path), { recursive: true });
  }
  rmSync(join(folder, "test/contracts/solidity"), { recursive: true, force: true });
  write(join(folder, "hardhat.config.ts"), CONFIG);
  if (!existsSync(join(folder, "node_modules"))) symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const hardhat = join(root, "node_modules/hardhat/dist/src/cli.js");
  // What the compiler warns of here says nothing about the contracts as they are; an error is thrown with what it said.
  execFileSync(process.execPath, [hardhat, "build", "--quiet", "--no-tests"], { cwd: folder, stdio: "pipe" });
  const judges = JUDGES.map((name) => [name, readFileSync(new URL(name, import.meta.url), "utf8")] as const);
  const libraries = [LIBRARY_SOURCE, GUARD_SOURCE, CONFIG].map((text, i) => [`library ${String(i)}`, text] as const);
  return { points, digest: digestOf([...sources, ...libraries, ...judges]) };
}

/** Writes a file unless it is so already: the compiler looks at what changed. */
function write(file: string, bytes: string): void {
  if (existsSync(file) && readFileSync(file, "latin1") === bytes) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes, "latin1");
}
