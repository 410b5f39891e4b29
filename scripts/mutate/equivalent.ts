import { readFileSync } from "node:fs";

import type { Trial } from "./measure.ts";

/** Mutants no test can kill, because nothing that can be seen changes: name and reason. */
export type Equivalents = ReadonlyMap<string, string>;

/** Reads `equivalent.json`: reasons, each with the names of the mutants it holds for. */
export function readEquivalents(): Equivalents {
  const file = new URL("equivalent.json", import.meta.url);
  const groups = JSON.parse(readFileSync(file, "utf8")) as readonly {
    readonly why: string;
    readonly mutants: readonly string[];
  }[];
  return new Map(groups.flatMap(({ why, mutants }) => mutants.map((name) => [name, why] as const)));
}

/** How trials are counted. */
export interface Score {
  readonly mutants: number;
  readonly killed: number;
  readonly survived: readonly Trial[];
  readonly equivalent: number;
  /** Killed among those that are not equivalent, 0 to 1. */
  readonly score: number;
  /** Listed as equivalent, but killed. */
  readonly listedWrongly: readonly Trial[];
}

/** Counts trials, leaving out what is listed as equivalent and did survive. */
export function scoreOf(trials: readonly Trial[], equivalents: Equivalents): Score {
  const listed = (trial: Trial): boolean => equivalents.has(trial.name);
  const alive = trials.filter(({ killedBy }) => killedBy === undefined);
  const survived = alive.filter((trial) => !listed(trial));
  const killed = trials.length - alive.length;
  return {
    mutants: trials.length,
    killed,
    survived,
    equivalent: alive.length - survived.length,
    score: killed + survived.length === 0 ? 1 : killed / (killed + survived.length),
    listedWrongly: trials.filter((trial) => listed(trial) && trial.killedBy !== undefined),
  };
}
