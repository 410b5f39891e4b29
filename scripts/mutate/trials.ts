/**
 * Runs the contract tests in a folder made by `prepare`, as a process of its own: `node trials.ts job.json`. First those that are not known yet as they
 * are, and with every point telling; then each mutant with the tests that reach it, until one fails. What comes out goes into the ledger.
 */
import { readFileSync } from "node:fs";

import { type Case, loadCases, runCase, TOO_LONG } from "./cases.ts";
import { BEGIN_AGAIN, type Job } from "./job.ts";
import { type KnownCase, Ledger } from "./ledger.ts";
import { RECORDING } from "./library.ts";
import { SwitchedChain } from "./switched-chain.ts";

interface Test extends KnownCase {
  readonly run: Case;
  /** Digest of its file. */
  readonly tests: string;
}

const job = JSON.parse(readFileSync(process.argv[2], "utf8")) as Job;
const ledger = new Ledger(
  job.ledger,
  job.contracts,
  job.files.map(({ tests }) => tests),
);
const chain = await SwitchedChain.open();
const loaded = await loadCases(job.files.map(({ path }) => path));

/** Runs a test with a mutant on or nothing; what it failed with. */
async function run(test: Pick<Test, "run" | "mines">, chosen: bigint | undefined, fromGenesis = false) {
  await chain.choose({ chosen, mines: test.mines, fromGenesis });
  return await runCase(test.run);
}

/** Runs a test as it is and with every point telling. Code that counts is larger and uses more gas: tests of that are left out. */
async function learn(one: Case): Promise<KnownCase> {
  const { title } = one;
  const nothing = { title, mines: false, milliseconds: 0, fixtures: [], itself: [], throughFixture: [] };
  // A test that fails with a block more still tells about transactions.
  let mines = true;
  let unusable = await run({ run: one, mines }, undefined);
  if (unusable !== undefined) unusable = await run({ run: one, mines: (mines = false) }, undefined);
  if (unusable !== undefined) return { ...nothing, unusable };
  chain.takeReached();
  const started = performance.now();
  unusable = await run({ run: one, mines }, RECORDING);
  const milliseconds = Math.round(performance.now() - started);
  const reached = chain.takeReached();
  return unusable === undefined ? { title, mines, milliseconds, ...reached } : { ...nothing, unusable };
}

const all: Test[] = [];
for (const { path, tests } of job.files) {
  const cases = loaded.filter(({ file }) => file === path);
  if (!ledger.files.has(tests)) {
    const known: KnownCase[] = [];
    for (const one of cases) known.push(await learn(one));
    ledger.add({ kind: "file", contracts: job.contracts, tests, cases: known });
  }
  for (const [i, known] of ledger.files.get(tests)?.cases.entries() ?? []) {
    if (known.unusable === undefined) all.push({ ...known, run: cases[i], tests });
  }
}
const itself = new Map(all.map((test) => [test, new Set(test.itself)]));
const throughFixture = new Map(all.map((test) => [test, new Set(test.throughFixture)]));

/** How often a test killed a mutant in a function or a contract: what kills one is likely to kill its neighbour. */
const kills = new Map<string, number>();
const killsIn = (where: string, { title }: Test): number => kills.get(`${where}\0${title}`) ?? 0;
const contractOf = (where: string): string => where.split(".")[0];
function learnKill(where: string, killer: string): void {
  for (const place of [where, contractOf(where)]) {
    const key = `${place}\0${killer}`;
    kills.set(key, (kills.get(key) ?? 0) + 1);
  }
}
for (const { id, where } of job.mutants) {
  const killer = ledger.mutants.get(id)?.killedBy;
  if (killer !== undefined) learnKill(where, killer);
}

/** The tests that reach a mutant and were not tried yet, those first that are likeliest to fail for the time they take. */
function candidates(id: number, where: string): Test[] {
  const tried = new Set(ledger.survivedWith(id));
  const isDirect = (test: Test): number => Number(itself.get(test)?.has(id) === true);
  const worth = (test: Test): number =>
    (1 + 100 * killsIn(where, test) + killsIn(contractOf(where), test)) / (50 + test.milliseconds);
  return all
    .filter((test) => !tried.has(test.tests) && (isDirect(test) === 1 || throughFixture.get(test)?.has(id) === true))
    .sort((a, b) => isDirect(b) - isDirect(a) || worth(b) - worth(a));
}

/** A test that takes longer than this may fail of itself, on a machine too slow for the seconds it gives a chain's windows. */
const SLOW_MS = 5_000;

/** Whether a test is still under way that a mutant keeps from ending. */
let doesNotEnd = false;

/** Whether a test fails with a mutant, and not of itself. */
async function fails(test: Test, id: number, fromGenesis = false): Promise<boolean> {
  const started = performance.now();
  const failure = await run(test, RECORDING + BigInt(id), fromGenesis);
  if (failure === undefined) return false;
  if (failure === TOO_LONG) {
    doesNotEnd = true;
    return true;
  }
  const took = performance.now() - started;
  return took < SLOW_MS || (await run(test, undefined)) === undefined;
}

/** Tests that are tried on a fixture as it is before one of the mutant's is made for them. */
const LOOKS = 30;

/** The test that kills a mutant. */
async function tryMutant(id: number, chosen: readonly Test[]): Promise<Test | undefined> {
  const isDeep = (test: Test): boolean => throughFixture.get(test)?.has(id) === true;
  const passed = new Set<Test>();
  // On fixtures as they are, which are there already; who fails has to fail on a fixture of the mutant's, too.
  let looks = 0;
  for (const test of chosen.filter((one) => itself.get(one)?.has(id) === true)) {
    if (isDeep(test) && ++looks > LOOKS) continue;
    if (!(await fails(test, id))) {
      if (!isDeep(test)) passed.add(test);
      continue;
    }
    if (!isDeep(test) || (await fails(test, id, true))) return test;
    passed.add(test);
  }
  const left = chosen.filter((test) => isDeep(test) && !passed.has(test));
  for (const [, tests] of Map.groupBy(left, ({ fixtures }) => fixtures.join())) {
    for (const test of tests) if (await fails(test, id, true)) return test;
  }
  return undefined;
}

for (const { id, where } of job.mutants) {
  if (Date.now() > job.until) break;
  if (ledger.isDecided(id)) continue;
  const started = performance.now();
  const chosen = candidates(id, where);
  const killer = await tryMutant(id, chosen);
  const milliseconds = Math.round(performance.now() - started);
  const reaching = all.filter(
    (test) => itself.get(test)?.has(id) === true || throughFixture.get(test)?.has(id) === true,
  );
  const known = { kind: "mutant", contracts: job.contracts, id, reaching: reaching.length, milliseconds } as const;
  if (killer === undefined) {
    ledger.add({ ...known, tests: job.files.map(({ tests }) => tests) });
    continue;
  }
  learnKill(where, killer.title);
  ledger.add({ ...known, killedBy: killer.title, tests: [killer.tests] });
  if (doesNotEnd) process.exit(BEGIN_AGAIN);
}
process.exit(0);
