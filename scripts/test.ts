/**
 * `npm test`: every check of the project, several suites side by side, and at the end `N passed, N failed[, N skipped]`.
 *
 * A suite that dies before it has counted is one failure. `node scripts/test.ts <suite> …` runs only the suites named.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";

import { requireNode24 } from "./require-node.ts";
import type { Counts } from "./testing/counts-reporter.ts";

requireNode24();

const root = path.resolve(import.meta.dirname, "..");
const bin = (name: string) => path.join(root, "node_modules/.bin", name);
const reporter = path.join(root, "scripts/testing/counts-reporter.ts");
const tests = (folder: string) => `${folder}/**/*.test.ts`;
const mocha = (...patterns: string[]) => [
  bin("mocha"),
  "--reporter",
  reporter,
  "--timeout",
  "120000",
  // What a test leaves open does not hold up all others.
  "--exit",
  ...patterns,
];

interface Suite {
  readonly name: string;
  readonly what: string;
  readonly command: readonly string[];
  /** `counts`: the reporter writes them; `solidity`: read from Hardhat's summary; `check`: the exit code is the one check. */
  readonly counted: "counts" | "solidity" | "check";
  /** The suite whose work this one looks at. */
  readonly after?: string;
}

const tsc = path.join(root, "node_modules/typescript-native/bin/tsc");
const SLOW_E2E = ["load", "several-nodes", "audits"];

/** In the order they are begun: those that take longest first, so that the cores are busy to the end. */
const SUITES: readonly Suite[] = [
  {
    name: "units",
    what: "other off-chain units",
    command: mocha(tests("test/offchain/!(fhe)"), tests("test/scripts"), tests("test/models")),
    counted: "counts",
  },
  {
    name: "nodes",
    what: "end to end with many nodes, many requests",
    command: mocha(`test/e2e/@(${SLOW_E2E.join("|")}).test.ts`),
    counted: "counts",
  },
  { name: "build", what: "the web app's build", command: ["npm", "run", "build:web"], counted: "check" },
  {
    name: "web",
    what: "the web app in Chromium",
    command: mocha(tests("test/web")),
    counted: "counts",
    after: "build",
  },
  {
    name: "fhe",
    what: "units of plans, engines, kernel",
    command: mocha(tests("test/offchain/fhe")),
    counted: "counts",
  },
  {
    name: "e2e",
    what: "end to end over a local chain",
    command: mocha(`test/e2e/!(${SLOW_E2E.join("|")}).test.ts`),
    counted: "counts",
  },
  {
    name: "solidity",
    what: "Solidity fuzz and invariant tests",
    command: [bin("hardhat"), "test", "solidity"],
    counted: "solidity",
  },
  { name: "contracts", what: "contracts", command: [bin("hardhat"), "test", "mocha"], counted: "counts" },
  {
    name: "lint",
    what: "Oxlint, Oxfmt, solhint, Prettier",
    command: [process.execPath, "scripts/lint.ts"],
    counted: "check",
  },
  {
    name: "types",
    what: "TypeScript, strict",
    command: [process.execPath, tsc, "--noEmit", "-p", "."],
    counted: "check",
  },
  {
    name: "web-types",
    what: "TypeScript, strict, the web app and its routes",
    command: [process.execPath, tsc, "--noEmit", "-p", "web"],
    counted: "check",
    after: "build",
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
const chosen = SUITES.filter(
  ({ name }) =>
    wanted.length === 0 ||
    wanted.includes(name) ||
    SUITES.some((suite) => wanted.includes(suite.name) && suite.after === name),
);
const rows = new Map<Suite, string>();
const waiting = [...chosen];
const done = new Set<string>();

/** Takes one suite after the other, the first whose predecessor is done, until none waits. */
async function takeSuites(): Promise<void> {
  for (;;) {
    const index = waiting.findIndex(({ after }) => after === undefined || done.has(after));
    if (index === -1) return;
    const [suite] = waiting.splice(index, 1);
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
    done.add(suite.name);
  }
}

// One more than there are cores: suites over a chain wait for its clock, those with a browser for its pages.
await Promise.all(Array.from({ length: availableParallelism() + 1 }, takeSuites));
rmSync(scratch, { recursive: true, force: true });
console.log(`\n${chosen.map((suite) => rows.get(suite)).join("\n")}\n`);
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`);
process.exitCode = total.failed > 0 ? 1 : 0;
