/** The worker thread's side: one request at a time, in order. Started by `WorkerPool`; elsewhere it does nothing. */
import { parentPort, workerData, type MessagePort } from "node:worker_threads";

import { release } from "../../digest/release.ts";
import { CloakworkError } from "../../errors.ts";
import { Evaluator } from "./evaluator.ts";
import type { OnBatchProgress } from "./evaluation.ts";
import type { WorkerAnswer, WorkerOptions, WorkerProgress, WorkerRequest } from "./messages.ts";

if (parentPort !== null) serve(parentPort, workerData as WorkerOptions);

function serve(port: MessagePort, { openKeySets, engine, threads, progressMs }: WorkerOptions): void {
  const evaluator = new Evaluator(openKeySets, engine, threads);
  let queue: Promise<void> = Promise.resolve();

  /** Tells how far one request has come, now and then: not at once, for most are done by then. */
  function teller(id: number): OnBatchProgress {
    let last = performance.now();
    return (progress) => {
      const now = performance.now();
      if (now - last < progressMs) return;
      last = now;
      port.postMessage({ id, type: "progress", ...progress } satisfies WorkerProgress);
    };
  }

  port.on("message", (request: WorkerRequest) => {
    queue = queue.then(async () => {
      let reply: WorkerAnswer;
      try {
        reply = await answer(evaluator, request, teller(request.id));
      } catch (error) {
        reply = failure(request.id, error);
      }
      // Keys are open by now, or of no use.
      const packs = ("payload" in request && request.payload.packs) || [];
      for (const { bytes } of packs) release(bytes);
      port.postMessage(reply);
    });
  });
}

async function answer(evaluator: Evaluator, request: WorkerRequest, tell: OnBatchProgress): Promise<WorkerAnswer> {
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
      return { id, type: "checked", verdict: await evaluator.check(request.payload, tell) };
    case "evaluate":
      if (evaluator.needsPacks(request.payload)) return { id, type: "needs-packs" };
      return { id, type: "evaluated", ...(await evaluator.evaluate(request.payload, tell)) };
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
