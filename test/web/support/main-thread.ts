/** How long the page's main thread is kept busy at a stretch, in time of its own: what other programs on the machine take does not count. */
import type { Page } from "playwright-core";

/** Milliseconds between two looks. A stretch is told longer than it was by at most what the thread did within one. */
const EVERY = 50;

export interface MainThread {
  /** Longest stretch so far, milliseconds of the thread's processor time. */
  readonly longest: () => number;
  readonly stop: () => Promise<void>;
}

/** Watches from now on. The thread itself answers each look, so that a task that holds it up lies whole between two of them. */
export async function watchMainThread(page: Page): Promise<MainThread> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  let longest = 0;
  let stopped = false;
  const busy = async (): Promise<number> => {
    const { metrics } = await session.send("Performance.getMetrics");
    const metric = metrics.find(({ name }) => name === "TaskDuration");
    if (metric === undefined) throw new Error("the browser does not tell how long its tasks take");
    return metric.value * 1_000;
  };
  const watch = async (): Promise<void> => {
    for (let before = await busy(); !stopped;) {
      await new Promise((resolve) => setTimeout(resolve, EVERY));
      const now = await busy();
      longest = Math.max(longest, now - before);
      before = now;
    }
  };
  const watching = watch();
  return {
    longest: () => longest,
    stop: async () => {
      stopped = true;
      await watching;
      await session.detach();
    },
  };
}
