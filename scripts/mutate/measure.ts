import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { decisions } from "../soak/random.ts";
import { CloakworkError } from "../../offchain/errors.ts";
import { namesOf, type Point } from "./points.ts";
import type { Job, Result } from "./trials.ts";
import { prepare } from "./workspace.ts";

/** What to measure. */
export interface MutationOptions {
  /** The project's folder; nothing in it is changed. */
  readonly root: string;
  /** Only mutants of files whose path contains this. */
  readonly file: string;
  /** Most mutants; which ones follows from the seed. */
  readonly limit: number;
  readonly seed: string;
  /** No further mutant is begun after this many minutes. */
  readonly minutes: number;
  /** Where to work instead of a folder that is removed at the end; what was compiled there before is used again. */
  readonly folder?: string;
  /** Told what is being done, in short lines. */
  readonly onProgress: (line: string) => void;
}

/** A mutant that was tried. */
export interface Trial {
  readonly point: Point;
  readonly name: string;
  /** The test that failed because of it. */
  readonly killedBy?: string;
  /** How many tests reach it. */
  readonly tests: number;
}

/** What came out. */
export interface Measured {
  readonly trials: readonly Trial[];
  /** Outcomes of conditions, each to be seen over the tests. */
  readonly branches: readonly Point[];
  readonly missed: readonly Point[];
  /** Tests that fail without any mutant, because instrumented code is larger and uses more gas. */
  readonly unusable: readonly string[];
}

/** Thrown when the tests could not be run. */
export class TrialsFailedError extends CloakworkError {
  constructor(what: string) {
    super(
      "TRIALS_FAILED",
      `The tests of the instrumented contracts ended early: ${what}.`,
      "Run `npm test contracts`.",
    );
  }
}

/**
 * Mutates the contracts and runs their tests on what comes out.
 *
 * @throws SyntaxRefusedError, TrialsFailedError
 */
export async function measure(options: MutationOptions): Promise<Measured> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "cloakwork-mutate-"));
  try {
    options.onProgress("compiling the contracts with all mutants written in");
    const points = prepare(options.root, folder);
    const names = namesOf(points);
    const wanted = points.filter(({ change, file }) => change !== undefined && file.includes(options.file));
    const mutants = sample(wanted, options);
    const results = await runTrials(folder, mutants, options);
    const byId = new Map(points.map((point) => [point.id, point]));
    const reached = new Set(results.flatMap((result) => (result.kind === "reached" ? result.points : [])));
    const branches = points.filter(({ branch, file }) => branch !== undefined && file.includes(options.file));
    const trials = results.flatMap((result) => {
      const point = result.kind === "mutant" ? byId.get(result.id) : undefined;
      if (result.kind !== "mutant" || point === undefined) return [];
      const { tests, killedBy } = result;
      return [{ point, name: names.get(point.id) ?? "", tests, ...(killedBy === undefined ? {} : { killedBy }) }];
    });
    return {
      trials: trials.sort((a, b) => a.point.id - b.point.id),
      branches,
      missed: branches.filter(({ id }) => !reached.has(id)),
      unusable: results.flatMap((result) => (result.kind === "unusable" ? [`${result.test}: ${result.why}`] : [])),
    };
  } finally {
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** All of them, or so many that a seed chooses, in an order it chooses. */
function sample(points: readonly Point[], { limit, seed }: MutationOptions): readonly Point[] {
  const decide = decisions(seed);
  const drawn = points.map((point) => ({ point, at: decide("mutant", point.id) })).sort((a, b) => a.at - b.at);
  return drawn.slice(0, limit).map(({ point }) => point);
}

async function runTrials(
  folder: string,
  mutants: readonly Point[],
  { minutes, onProgress }: MutationOptions,
): Promise<readonly Result[]> {
  const tests = join(folder, "test", "contracts");
  const files = readdirSync(tests, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join(tests, name));
  const [jobFile, resultsFile] = [join(folder, "job.json"), join(folder, "results.jsonl")];
  rmSync(resultsFile, { force: true });
  const job: Job = { files, mutants: mutants.map(({ id }) => id), until: Date.now() + minutes * 60_000 };
  writeFileSync(jobFile, JSON.stringify(job));
  onProgress("running all tests, then with every place telling that it was reached");
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(folder, "scripts/mutate/trials.ts"), jobFile, resultsFile],
    { cwd: folder, stdio: ["ignore", "ignore", "pipe"] },
  );
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-2_000)));
  const read = (): Result[] =>
    existsSync(resultsFile)
      ? readFileSync(resultsFile, "utf8")
          .split("\n")
          .slice(0, -1)
          .map((line) => JSON.parse(line) as Result)
      : [];
  const timer = setInterval(() => {
    const done = read().filter(({ kind }) => kind === "mutant").length;
    onProgress(`${String(done)} of ${String(mutants.length)} mutants`);
  }, 30_000);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  }).finally(() => {
    clearInterval(timer);
  });
  if (code !== 0) throw new TrialsFailedError(said === "" ? `exit code ${String(code)}` : said.trim());
  return read();
}
