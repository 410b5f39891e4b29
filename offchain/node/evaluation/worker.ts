/** The worker thread's side: one request at a time, in order. Started by `WorkerPool`. */
import { parentPort, workerData } from "node:worker_threads";

import { CloakworkError } from "../../errors.ts";
import { Evaluator } from "./evaluator.ts";
import type { OnBatchProgress } from "./evaluation.ts";
import type { WorkerAnswer, WorkerOptions, WorkerProgress, WorkerRequest } from "./messages.ts";

const port = parentPort;
if (!port) throw new Error("worker.ts runs in a worker thread only");
const { openKeySets, engine, threads, progressMs } = workerData as WorkerOptions;
const evaluator = new Evaluator(openKeySets, engine, threads);
let queue: Promise<void> = Promise.resolve();

/** Tells how far one request has come, now and then: not at once, for most are done by then. */
function teller(id: number): OnBatchProgress {
  let last = performance.now();
  return (progress) => {
    const now = performance.now();
    if (now - last < progressMs) return;
    last = now;
    port!.postMessage({ id, type: "progress", ...progress } satisfies WorkerProgress);
  };
}

async function answer(request: WorkerRequest): Promise<WorkerAnswer> {
  const { id } = request;
  switch (request.type) {
    case "load":
      await evaluator.load(request.model);
      return { id, type: "loaded" };
    case "unload":
      evaluator.unload(request.planDigest);
      return { id, type: "unloaded" };
    case "check":
      if (evaluator.needsPacks(request.payload)) return { id, type: "needs-packs" };
      return { id, type: "checked", verdict: await evaluator.check(request.payload, teller(id)) };
    case "evaluate":
      if (evaluator.needsPacks(request.payload)) return { id, type: "needs-packs" };
      return { id, type: "evaluated", ...(await evaluator.evaluate(request.payload, teller(id))) };
    case "state":
      if (evaluator.needsPacks(request.payload)) return { id, type: "needs-packs" };
      return { id, type: "state", digest: await evaluator.stateAt(request.payload) };
  }
}

function failure(id: number, error: unknown): WorkerAnswer {
  if (error instanceof CloakworkError)
    return { id, type: "failed", code: error.code, message: error.message, next: error.next };
  const message = error instanceof Error ? error.message : String(error);
  return { id, type: "failed", code: "NODE_WORKER", message, next: "Report this message with the plan's digest." };
}

port.on("message", (request: WorkerRequest) => {
  queue = queue.then(async () => {
    let reply: WorkerAnswer;
    try {
      reply = await answer(request);
    } catch (error) {
      reply = failure(request.id, error);
    }
    port.postMessage(reply);
  });
});
