import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";

import { Scheduler, type Scheduled } from "../../../offchain/node/scheduler.ts";

const INTERVAL = 10;

/** Runs a scheduler over one job for a while; `step` is told how often it was called before. */
async function run(
  step: (calls: number) => number | Promise<number>,
  during: (scheduler: Scheduler<Scheduled>) => Promise<void>,
): Promise<number> {
  const job: Scheduled = { requestId: 1n, state: "open", dueBy: 0 };
  const stopping = new AbortController();
  let calls = 0;
  const scheduler = new Scheduler<Scheduled>({
    jobs: { get: () => job, open: () => [job] },
    step: async () => await step(calls++),
    intervalMs: INTERVAL,
    concurrency: 4,
    log: pino({ level: "silent" }),
    signal: stopping.signal,
  });
  const running = scheduler.run();
  await during(scheduler);
  stopping.abort();
  await running;
  return calls;
}

describe("the scheduler", () => {
  it("looks at a job at every interval while there is something to do", async () => {
    expect(
      await run(
        () => 0,
        () => sleep(40 * INTERVAL).then(() => undefined),
      ),
    ).to.be.greaterThan(5);
  });

  it("leaves a job that rests alone", async () => {
    expect(
      await run(
        () => 60_000,
        () => sleep(40 * INTERVAL).then(() => undefined),
      ),
    ).to.equal(1);
  });

  it("steps a resting job at once when it is woken", async () => {
    const calls = await run(
      () => 60_000,
      async (scheduler) => {
        await sleep(5 * INTERVAL);
        scheduler.wake(1n);
        await sleep(5 * INTERVAL);
      },
    );
    expect(calls).to.equal(2);
  });

  it("steps a job once more when it is woken while it is stepped, and never twice at a time", async () => {
    let inside = 0;
    const calls = await run(
      async (before) => {
        expect(++inside).to.equal(1);
        if (before === 0) await sleep(10 * INTERVAL);
        inside--;
        return 60_000;
      },
      async (scheduler) => {
        await sleep(3 * INTERVAL);
        scheduler.wake(1n);
        await sleep(20 * INTERVAL);
      },
    );
    expect(calls).to.equal(2);
  });

  it("tries what failed again, after pauses", async () => {
    const calls = await run(
      (before) => {
        if (before < 2) throw new Error("not yet");
        return 60_000;
      },
      () => sleep(60 * INTERVAL).then(() => undefined),
    );
    expect(calls).to.equal(3);
  });
});
