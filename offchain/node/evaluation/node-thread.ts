import { Worker } from "node:worker_threads";

import type { StartThread } from "../../fhe/kernel/threads/start-thread.ts";

/** The thread's program, TypeScript or what was built from it, as this module is. */
const THREAD = new URL(`kernel-thread${/\.[jt]s$/.exec(import.meta.url)?.[0] ?? ".ts"}`, import.meta.url);

/** A helping thread keeps next to nothing in its heap. */
const HEAP_MB = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 };

/** Starts a worker thread that helps a kernel. It does not keep the process alive. */
export const startNodeThread: StartThread = (start, onEnd) => {
  const worker = new Worker(THREAD, { workerData: start, resourceLimits: HEAP_MB });
  worker.once("exit", onEnd);
  const ready = new Promise<void>((resolve, reject) => {
    worker.once("message", () => {
      worker.unref();
      resolve();
    });
    worker.once("exit", (code) => {
      reject(new Error(`the thread ended with code ${code}`));
    });
    // What goes wrong in it later is seen by who waits for it.
    worker.on("error", reject);
  });
  return {
    ready,
    terminate() {
      void worker.terminate();
    },
  };
};
