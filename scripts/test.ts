/**
 * `npm test`: every check of the project, in three lanes side by side, and at the end `N passed, N failed[, N skipped]`.
 *
 * A suite that dies before it has counted is one failure. `node scripts/test.ts <suite> …` runs only the suites named.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { requireNode24 } from "./require-node.ts";
import type { Counts } from "./testing/counts-reporter.ts";

requireNode24();

const root = path.resolve(import.meta.dirname, "..");
const bin = (name: string) => path.join(root, "node_modules/.bin", name);
const reporter = path.join(root, "scripts/testing/counts-reporter.ts");
const mocha = (...folders: string[]) => [
  bin("mocha"),
  "--reporter",
  reporter,
  "--timeout",
  "120000",
  // What a test leaves open does not hold up all others.
  "--exit",
  ...folders.map((folder) => `${folder}/**/*.test.ts`),
];

interface Suite {
  readonly name: string;
  readonly what: string;
  readonly command: readonly string[];
  /** `counts`: the reporter writes them; `solidity`: read from Hardhat's summary; `check`: the exit code is the one check. */
  readonly counted: "counts" | "solidity" | "check";
  /** Suites of one lane run one after the other. Three lanes for two cores: the suites over a chain wait for its clock now and then. */
  readonly lane: 0 | 1 | 2;
}

const SUITES: readonly Suite[] = [
  {
    name: "fhe",
    what: "units of plans, engines, kernel",
    command: mocha("test/offchain/fhe"),
    counted: "counts",
    lane: 0,
  },
  {
    name: "types",
    what: "TypeScript, strict",
    command: [bin("tsc"), "--noEmit", "-p", "."],
    counted: "check",
    lane: 0,
  },
  {
    name: "lint",
    what: "ESLint, solhint, Prettier",
    command: [process.execPath, "scripts/lint.ts"],
    counted: "check",
    lane: 0,
  },
  {
    name: "solidity",
    what: "Solidity fuzz and invariant tests",
    command: [bin("hardhat"), "test", "solidity"],
    counted: "solidity",
    lane: 1,
  },
  { name: "contracts", what: "contracts", command: [bin("hardhat"), "test", "mocha"], counted: "counts", lane: 1 },
  { name: "e2e", what: "end to end over a local chain", command: mocha("test/e2e"), counted: "counts", lane: 1 },
  { name: "build", what: "the web app's build", command: ["npm", "run", "build:web"], counted: "check", lane: 2 },
  { name: "web", what: "the web app in Chromium", command: mocha("test/web"), counted: "counts", lane: 2 },
  {
    name: "units",
    what: "other off-chain units",
    command: mocha("test/offchain/!(fhe)", "test/scripts", "test/models"),
    counted: "counts",
    lane: 2,
  },
];

/** Reads Hardhat's summary, e.g. `  12 passing (3s)` and `  1 failing`, which it prints for each contract type of tests. */
function solidityCounts(output: string): Counts | undefined {
  const sum = (word: string) =>
    [...output.matchAll(new RegExp(`^\\s*(\\d+) ${word}\\b`, "gm"))].reduce(
      (total, match) => total + Number(match[1]),
      0,
    );
  const counts = { passed: sum("passing"), failed: sum("failing"), skipped: sum("skipped") };
  return counts.passed + counts.failed > 0 ? counts : undefined;
}

/** Writes what a suite prints, line by line, each with the suite's name before it. */
function teller(name: string): { readonly write: (text: string) => void; readonly end: () => void } {
  let rest = "";
  const print = (line: string): void => {
    console.log(`${name.padEnd(9)} │ ${line}`);
  };
  return {
    write(text) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(print);
    },
    end() {
      if (rest !== "") print(rest);
    },
  };
}

async function run(suite: Suite, scratch: string): Promise<Counts> {
  const file = path.join(scratch, `${suite.name}.jsonl`);
  writeFileSync(file, "");
  const [command, ...args] = suite.command;
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, COUNTS_FILE: file, NODE_OPTIONS: "--disable-warning=ExperimentalWarning" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const tell = teller(suite.name);
  child.stderr.setEncoding("utf8").on("data", tell.write);
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    tell.write(text);
  });
  const code = await new Promise<number>((resolve) => {
    child.on("error", () => {
      resolve(127);
    });
    child.on("close", (status) => {
      resolve(status ?? 1);
    });
  });
  tell.end();
  if (suite.counted === "check") return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  const lines = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .filter((line) => line !== "");
  const counted =
    suite.counted === "solidity"
      ? solidityCounts(output)
      : lines
          .map((line) => JSON.parse(line) as Counts)
          .reduce<Counts | undefined>(
            (sum, next) => ({
              passed: (sum?.passed ?? 0) + next.passed,
              failed: (sum?.failed ?? 0) + next.failed,
              skipped: (sum?.skipped ?? 0) + next.skipped,
            }),
            undefined,
          );
  if (counted === undefined) return { passed: 0, failed: 1, skipped: 0 };
  return code !== 0 && counted.failed === 0 ? { ...counted, failed: 1 } : counted;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !SUITES.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(
    `No suite is called ${unknown.join(", ")}. There are: ${SUITES.map((suite) => suite.name).join(", ")}.`,
  );
  process.exit(2);
}

const scratch = mkdtempSync(path.join(tmpdir(), "cloakwork-test-"));
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
// The browser tests what the build made.
if (wanted.includes("web")) wanted.push("build");
const chosen = SUITES.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const rows = new Map<Suite, string>();
await Promise.all(
  [0, 1, 2].map(async (lane) => {
    for (const suite of chosen.filter((one) => one.lane === lane)) {
      console.log(`── ${suite.name}: ${suite.what}`);
      const started = Date.now();
      const counts = await run(suite, scratch);
      total.passed += counts.passed;
      total.failed += counts.failed;
      total.skipped += counts.skipped;
      const seconds = ((Date.now() - started) / 1000).toFixed(0);
      rows.set(
        suite,
        `${suite.name.padEnd(10)} ${String(counts.passed).padStart(5)} passed ${String(counts.failed).padStart(3)} failed ${String(counts.skipped).padStart(3)} skipped ${seconds.padStart(5)} s`,
      );
    }
  }),
);
rmSync(scratch, { recursive: true, force: true });
console.log(`\n${chosen.map((suite) => rows.get(suite)).join("\n")}\n`);
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`);
process.exitCode = total.failed > 0 ? 1 : 0;
