/** One line of the bench. */
export interface Line<Names extends string> {
  readonly op: string;
  readonly n: number;
  /** All primes, special ones included. */
  readonly primes: number;
  /** Milliseconds an operation. */
  readonly ms: Readonly<Record<Names, number>>;
  /** How many times the second takes as long as the first. */
  readonly ratio: number;
}

/** How long both sides warm up, and how many rounds follow. */
const WARM_MS = 150;
const ROUNDS = 12;

/** A round repeats an operation for about this long. */
const ROUND_MS = 20;

/**
 * Times two ways of doing the same, in turns, by the processor time of this process: what other processes take does not count,
 * however long one of the two runs.
 *
 * @param fast the one measured
 * @param slow the reference
 * @returns milliseconds of each in its best round
 */
export function takeTurns(fast: () => void, slow: () => void): [number, number] {
  const runs = [fast, slow];
  const repeats = runs.map((run) => {
    let count = 0;
    const start = processorMs();
    do {
      run();
      count++;
    } while (processorMs() - start < WARM_MS);
    return Math.ceil((count * ROUND_MS) / (processorMs() - start));
  });
  const best: [number, number] = [Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round++) {
    runs.forEach((run, side) => {
      const start = processorMs();
      for (let i = 0; i < repeats[side]; i++) run();
      best[side] = Math.min(best[side], (processorMs() - start) / repeats[side]);
    });
  }
  return best;
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Rounds to what a timer can tell. */
export function rounded(x: number): number {
  return Number(x.toPrecision(4));
}
