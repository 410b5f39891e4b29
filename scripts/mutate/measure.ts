import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { decisions } from "../soak/random.ts";
import { CloakworkError } from "../../offchain/errors.ts";
import { digestOfModule } from "./digests.ts";
import { readEquivalents } from "./equivalent.ts";
import { Ledger } from "./ledger.ts";
import { namesOf, type Point } from "./points.ts";
import { BEGIN_AGAIN, type Job } from "./job.ts";
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
  /** Where to work and to keep verdicts; what was compiled and decided there before is used again. */
  readonly folder: string;
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
  /** How many mutants were to be tried: more than were, when time was over. */
  readonly wanted: number;
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
 * Mutates the contracts and runs their tests on what comes out. What an earlier run found out about the same contracts and tests is not tried again.
 *
 * @throws SyntaxRefusedError, TrialsFailedError
 */
export async function measure(options: MutationOptions): Promise<Measured> {
  const { root, folder, file, minutes, onProgress } = options;
  const workspace = join(folder, "workspace");
  onProgress("compiling the contracts with all mutants written in");
  const { points, digest } = prepare(root, workspace);
  const names = namesOf(points);
  const equivalents = readEquivalents();
  const mutants = sample(
    points.filter((point) => point.change !== undefined && point.file.includes(file)),
    options,
  );
  const job: Job = {
    ledger: join(folder, "verdicts.jsonl"),
    contracts: digest,
    files: testsIn(root, workspace),
    // Those that nothing kills take longest.
    mutants: Map.groupBy(mutants, ({ id }) => equivalents.has(names.get(id) ?? ""))
      .entries()
      .toArray()
      .sort(([a], [b]) => Number(a) - Number(b))
      .flatMap(([, some]) => some.map(({ id, where }) => ({ id, where }))),
    until: Date.now() + minutes * 60_000,
  };
  const read = (): Ledger =>
    new Ledger(
      job.ledger,
      digest,
      job.files.map(({ tests }) => tests),
    );
  await runTrials(workspace, job, read, onProgress);
  const ledger = read();
  const cases = [...ledger.files.values()].flatMap((one) => one.cases);
  const reached = new Set(cases.flatMap(({ itself, throughFixture }) => [...itself, ...throughFixture]));
  const branches = points.filter((point) => point.branch !== undefined && point.file.includes(file));
  const trials = mutants.flatMap((point) => {
    const known = ledger.mutants.get(point.id);
    if (known === undefined || !ledger.isDecided(point.id)) return [];
    const { reaching, killedBy } = known;
    return [
      { point, name: names.get(point.id) ?? "", tests: reaching, ...(killedBy === undefined ? {} : { killedBy }) },
    ];
  });
  return {
    trials,
    wanted: mutants.length,
    branches,
    missed: branches.filter(({ id }) => !reached.has(id)),
    unusable: cases.flatMap(({ title, unusable }) => (unusable === undefined ? [] : [`${title}: ${unusable}`])),
  };
}

/** All of them, or so many that a seed chooses; neighbours one after the other. */
function sample(points: readonly Point[], { limit, seed }: MutationOptions): readonly Point[] {
  if (limit >= points.length) return points;
  const decide = decisions(seed);
  const drawn = points.map((point) => ({ point, at: decide("mutant", point.id) })).sort((a, b) => a.at - b.at);
  return drawn
    .slice(0, limit)
    .map(({ point }) => point)
    .sort((a, b) => a.id - b.id);
}

/** The test files of a workspace, with the digests of what they rest on. */
function testsIn(root: string, workspace: string): Job["files"] {
  const packages = readFileSync(join(root, "package-lock.json"), "utf8");
  const folder = join(workspace, "test", "contracts");
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .sort()
    .map((name) => join(folder, name))
    .map((path) => ({ path, tests: digestOfModule(workspace, path, packages) }));
}

/** Runs the trials in a process of their own, which ends with this one. */
async function runTrials(
  workspace: string,
  job: Job,
  read: () => Ledger,
  onProgress: MutationOptions["onProgress"],
): Promise<void> {
  const jobFile = join(workspace, "job.json");
  writeFileSync(jobFile, JSON.stringify(job));
  const { files, mutants } = job;
  const left = (ledger: Ledger): number => mutants.filter(({ id }) => !ledger.isDecided(id)).length;
  const before = read();
  const atFirst = left(before);
  onProgress(
    before.files.size < files.length
      ? `running the tests of ${String(files.length - before.files.size)} files as they are, and with every place telling that it was reached`
      : `${String(mutants.length - atFirst)} of ${String(mutants.length)} mutants are known from before`,
  );
  let began: { readonly at: number; readonly left: number } | undefined;
  const timer = setInterval(() => {
    const ledger = read();
    if (ledger.files.size < files.length) {
      onProgress(`${String(ledger.files.size)} of ${String(files.length)} files with tests`);
      return;
    }
    const now = { at: Date.now(), left: left(ledger) };
    began ??= now;
    onProgress(progress(mutants.length, began.left, now.left, now.at - began.at));
  }, 30_000);
  try {
    let ended: Ended;
    do ended = await runProcess(workspace, jobFile);
    while (ended.code === BEGIN_AGAIN);
    if (ended.code !== 0)
      throw new TrialsFailedError(ended.said === "" ? `exit code ${String(ended.code)}` : ended.said);
  } finally {
    clearInterval(timer);
  }
}

interface Ended {
  readonly code: number | null;
  /** The end of what it said on standard error. */
  readonly said: string;
}

async function runProcess(workspace: string, jobFile: string): Promise<Ended> {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(workspace, "scripts/mutate/trials.ts"), jobFile],
    { cwd: workspace, stdio: ["ignore", "ignore", "pipe"] },
  );
  const stop = (): void => void child.kill();
  process.once("exit", stop);
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-2_000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  }).finally(() => process.off("exit", stop));
  return { code, said: said.trim() };
}

/** E.g. `300 of 1525 mutants, 31 a minute, 40 minutes left`. */
export function progress(all: number, atFirst: number, left: number, milliseconds: number): string {
  const perMinute = milliseconds === 0 ? 0 : (60_000 * (atFirst - left)) / milliseconds;
  const rate = perMinute > 0 ? `, ${perMinute.toFixed(0)} a minute, ${(left / perMinute).toFixed(0)} minutes left` : "";
  return `${String(all - left)} of ${String(all)} mutants${rate}`;
}
