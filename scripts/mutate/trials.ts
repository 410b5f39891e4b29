/**
 * Runs the contract tests in a folder made by `prepare`, as a process of its own: `node trials.ts job.json results.jsonl`.
 * First as they are, then with every point telling, then each mutant with the tests that reach it.
 */
import { appendFileSync, readFileSync } from "node:fs";

import { RECORDING } from "./library.ts";
import { type Case, loadCases, runCase } from "./cases.ts";
import { type Reached, SwitchedChain } from "./switched-chain.ts";

/** What to do. */
export interface Job {
  /** Files with tests. */
  readonly files: readonly string[];
  /** Points to switch on, in this order. */
  readonly mutants: readonly number[];
  /** No further mutant is begun after this time, in milliseconds since 1970. */
  readonly until: number;
}

/** A line of results. */
export type Result =
  | { readonly kind: "unusable"; readonly test: string; readonly why: string }
  | { readonly kind: "reached"; readonly points: readonly number[] }
  | { readonly kind: "mutant"; readonly id: number; readonly killedBy?: string; readonly tests: number };

const [jobFile, resultsFile] = process.argv.slice(2);
const job = JSON.parse(readFileSync(jobFile, "utf8")) as Job;
const tell = (result: Result): void => {
  appendFileSync(resultsFile, `${JSON.stringify(result)}\n`);
};

const chain = await SwitchedChain.open();
const cases: Case[] = await loadCases(job.files);
const milliseconds = new Map<Case, number>();
const reachedBy = new Map<Case, Reached>();

// Code that counts is larger and uses more gas: tests of that are left out here.
for (const record of [false, true]) {
  await chain.renew();
  for (const one of [...cases]) {
    await chain.choose(record ? RECORDING : undefined);
    const started = performance.now();
    const failure = await runCase(one);
    milliseconds.set(one, performance.now() - started);
    const points = chain.takeReached();
    if (failure !== undefined) {
      tell({ kind: "unusable", test: one.title, why: failure });
      cases.splice(cases.indexOf(one), 1);
    }
    if (record) reachedBy.set(one, points);
  }
}
const reached = new Set(
  [...reachedBy.values()].flatMap(({ itself, throughFixture }) => [...itself, ...throughFixture]),
);
tell({ kind: "reached", points: [...reached] });
cases.sort((a, b) => (milliseconds.get(a) ?? 0) - (milliseconds.get(b) ?? 0));

for (const id of job.mutants) {
  if (Date.now() > job.until) break;
  // Whoever reaches it itself is likelier to notice than whoever only begins where it was passed.
  const direct = cases.filter((one) => reachedBy.get(one)?.itself.has(id) === true);
  const others = cases.filter((one) => !direct.includes(one) && reachedBy.get(one)?.throughFixture.has(id) === true);
  const chosen = [...direct, ...others];
  const deep = chain.isInFixture(id);
  if (deep) await chain.renew();
  let killedBy: string | undefined;
  // What transactions do not show, calls may: those who reach it themselves are run once more, on a block of the mutant's.
  for (const [one, mines] of [
    ...chosen.map((each) => [each, false] as const),
    ...direct.map((each) => [each, true] as const),
  ]) {
    await chain.choose(RECORDING + BigInt(id), mines);
    if ((await runCase(one)) === undefined) continue;
    // A test that fails of itself, on a machine too slow for its seconds, has killed nothing.
    if (!deep) {
      await chain.choose(undefined, mines);
      if ((await runCase(one)) !== undefined) continue;
    }
    killedBy = one.title;
    break;
  }
  await chain.choose(undefined);
  if (deep) await chain.renew();
  tell({ kind: "mutant", id, tests: chosen.length, ...(killedBy === undefined ? {} : { killedBy }) });
}
process.exit(0);
