/** Processor time: what other processes take of the machine does not count. */

/** Processor milliseconds of this process. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** What tells the time, in milliseconds. */
type Clock = () => number;

/** Milliseconds on the wall: what several threads take together shows only there. */
export const wallMs: Clock = () => performance.now();

/** Does some work once. @returns what it made and the milliseconds it took, of the processor unless another clock is given */
export async function timed<T>(
  work: () => T | Promise<T>,
  clock: Clock = processorMs,
): Promise<{ readonly result: T; readonly ms: number }> {
  const start = clock();
  const result = await work();
  return { result, ms: clock() - start };
}

/** A turn is one run, or as many as fit into this: short work would otherwise find the caches as long work left them, every time. */
const TURN_MS = 150;

/**
 * Times several ways of doing the same, in turns.
 *
 * @param ways the work of each; all have a turn before, to warm up
 * @param rounds how often each has its turn
 * @param clock of the processor unless another is given
 * @returns milliseconds of each in its best run
 */
export async function inTurns(
  ways: readonly (() => Promise<unknown>)[],
  rounds: number,
  clock: Clock = processorMs,
): Promise<number[]> {
  const best = ways.map(() => Infinity);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, way] of ways.entries()) {
      for (let spent = 0; spent < TURN_MS;) {
        const { ms } = await timed(way, clock);
        spent += ms;
        if (round > 0) best[index] = Math.min(best[index], ms);
      }
    }
  }
  return best;
}

/** The middle of some figures. */
export function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)];
}
