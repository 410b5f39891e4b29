/**
 * Runs the contract tests in a folder made by `prepare`, as a process of its own: `node trials.ts job.json`. First those that are not known yet as they
 * are, and with every point telling; then each mutant with the tests that reach it, until one fails. What comes out goes into the ledger.
 */
import { readFileSync } from "node:fs";

import { type Case, loadCases, runCase } from "./cases.ts";
import { type KnownCase, Ledger } from "./ledger.ts";
import { RECORDING } from "./library.ts";
import { SwitchedChain } from "./switched-chain.ts";

/** What to do. */
export interface Job {
  /** Path of the ledger, and the digest of the contracts verdicts are about. */
  readonly ledger: string;
  readonly contracts: string;
  /** Files with tests, with their digests. */
  readonly files: readonly { readonly path: string; readonly tests: string }[];
  /** Points to switch on, in this order, with the function each is in. */
  readonly mutants: readonly { readonly id: number; readonly where: string }[];
  /** No further mutant is begun after this time, in milliseconds since 1970. */
  readonly until: number;
}

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

/** The tests that reach a mutant and were not tried yet, the likeliest to fail first. */
function candidates(id: number, where: string): Test[] {
  const tried = new Set(ledger.survivedWith(id));
  const isDirect = (test: Test): number => Number(itself.get(test)?.has(id) === true);
  const likely = (test: Test): number => 100 * killsIn(where, test) + killsIn(contractOf(where), test);
  return all
    .filter((test) => !tried.has(test.tests) && (isDirect(test) === 1 || throughFixture.get(test)?.has(id) === true))
    .sort((a, b) => isDirect(b) - isDirect(a) || likely(b) - likely(a) || a.milliseconds - b.milliseconds);
}

/** Whether a test fails with a mutant, and not of itself: on a machine too slow for its seconds, say. */
async function fails(test: Test, id: number, fromGenesis = false): Promise<boolean> {
  if ((await run(test, RECORDING + BigInt(id), fromGenesis)) === undefined) return false;
  return (await run(test, undefined)) === undefined;
}

/** The test that kills a mutant. */
async function tryMutant(id: number, chosen: readonly Test[]): Promise<Test | undefined> {
  const isDeep = (test: Test): boolean => throughFixture.get(test)?.has(id) === true;
  const passed = new Set<Test>();
  // On fixtures as they are, which are there already; who fails has to fail on a fixture of the mutant's, too.
  for (const test of chosen.filter((one) => itself.get(one)?.has(id) === true)) {
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
}
process.exit(0);
