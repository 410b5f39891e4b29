/** `npm run mutate`: does a test fail for every guarded line of the contracts that is changed? */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { ROOT } from "./deploy/artifacts.ts";
import { readEquivalents, scoreOf } from "./mutate/equivalent.ts";
import { measure, type MutationOptions } from "./mutate/measure.ts";
import type { Point } from "./mutate/points.ts";
import { requireNode24 } from "./require-node.ts";

requireNode24();

const USAGE = `npm run mutate -- [--branches] [--file TEXT] [--limit N] [--seed TEXT] [--minutes N] [--folder PATH] [--json]

  Writes every mutant of the contracts' conditions, comparisons, arithmetic, assignments, calls and modifiers into a copy, compiles it
  once, and runs for each mutant the tests in test/contracts that reach it until one fails. At least 90 % have to be killed.

  Verdicts are kept as they come: stop it whenever you like, the next run goes on from there. What is known is tried again only if the
  contracts changed or, of a mutant that was killed, the test that did it; of one that survived, only new and changed tests are tried.

  --branches  no mutants: which outcomes of conditions no test sees; at least 95 % have to be seen
  --file      only mutants of files whose path contains this
  --limit     so many mutants, chosen by --seed
  --minutes   no further mutant is begun after so many
  --folder    work and keep verdicts there (cache/mutate unless told otherwise)`;

interface Given extends MutationOptions {
  readonly json: boolean;
  readonly branches: boolean;
}

function options(): Given | undefined {
  try {
    const { values } = parseArgs({
      options: {
        branches: { type: "boolean", default: false },
        file: { type: "string", default: "" },
        limit: { type: "string", default: "100000" },
        seed: { type: "string", default: "cloakwork" },
        minutes: { type: "string", default: "100000" },
        folder: { type: "string", default: join(ROOT, "cache", "mutate") },
        json: { type: "boolean", default: false },
      },
    });
    const [limit, minutes] = [Number(values.limit), Number(values.minutes)];
    if (!Number.isSafeInteger(limit) || limit < 1 || !(minutes > 0)) return undefined;
    const started = Date.now();
    return {
      root: ROOT,
      file: values.file,
      limit: values.branches ? 0 : limit,
      seed: values.seed,
      minutes,
      json: values.json,
      branches: values.branches,
      onProgress: (line) => {
        console.error(`${String(Math.round((Date.now() - started) / 1000)).padStart(5)} s  ${line}`);
      },
      folder: resolve(values.folder),
    };
  } catch {
    return undefined;
  }
}

function at({ file, line, where, code }: Point): string {
  return `${file}:${String(line)} ${where}: ${code}`;
}

const given = options();
if (given === undefined) {
  console.error(USAGE);
  process.exit(2);
}
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    console.error(`stopped; what is known is in ${given.folder}, run it again to go on`);
    process.exit(130);
  });
}
const { trials, wanted, branches, missed, unusable } = await measure(given);
for (const test of unusable) console.error(`left out, as it fails without a mutant: ${test}`);
if (given.branches) {
  const share = branches.length === 0 ? 1 : 1 - missed.length / branches.length;
  if (given.json) {
    console.log(JSON.stringify({ branches: branches.length, seen: branches.length - missed.length, share }));
  } else {
    for (const point of missed) console.log(`never ${String(point.branch)}: ${at(point)}`);
    console.log(`${String(branches.length - missed.length)} of ${String(branches.length)} outcomes seen`);
  }
  process.exit(share >= 0.95 ? 0 : 1);
}
const { mutants, killed, survived, equivalent, score, listedWrongly } = scoreOf(trials, readEquivalents());
for (const { point, tests } of survived) {
  console.error(`survived (${String(tests)} tests reach it): ${at(point)} — ${point.change ?? ""}`);
}
for (const { name, killedBy } of listedWrongly) {
  console.error(`not equivalent, strike it from equivalent.json: ${name}, killed by "${killedBy ?? ""}"`);
}
const left = wanted - mutants;
if (given.json) console.log(JSON.stringify({ mutants, killed, survived: survived.length, equivalent, left, score }));
else {
  if (left > 0) console.log(`${String(left)} of ${String(wanted)} mutants are left to try`);
  console.log(`${String(killed)} of ${String(mutants)} mutants killed, ${String(equivalent)} equivalent`);
  console.log(`${(score * 100).toFixed(1)} % of those that change something`);
}
process.exit(left === 0 && score >= 0.9 && listedWrongly.length === 0 ? 0 : 1);
