/** What an operator watches, in Prometheus form. Names follow its conventions: base units, `_total` for counters. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";

export interface NodeMetrics {
  readonly registry: Registry;
  /** Requests by how they went on: accepted, declined, rejected, posted, settled, failed. */
  readonly requests: Counter<"outcome">;
  /** Open jobs by state. */
  readonly jobs: Gauge<"state">;
  readonly evaluationSeconds: Histogram<"model">;
  /** Seconds from assignment to the posted result. */
  readonly answerSeconds: Histogram;
  readonly chainErrors: Counter;
  readonly block: Gauge;
  readonly workerRestarts: Counter;
  /** Live WebAssembly objects in the evaluating workers: must not grow. */
  readonly wasmHandles: Gauge;
}

export function createMetrics(): NodeMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    requests: new Counter({
      name: "cloakwork_requests_total",
      help: "Requests by outcome",
      labelNames: ["outcome"],
      registers,
    }),
    jobs: new Gauge({ name: "cloakwork_jobs", help: "Jobs by state", labelNames: ["state"], registers }),
    evaluationSeconds: new Histogram({
      name: "cloakwork_evaluation_seconds",
      help: "Time to evaluate one request under encryption",
      labelNames: ["model"],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32],
      registers,
    }),
    answerSeconds: new Histogram({
      name: "cloakwork_answer_seconds",
      help: "Time from assignment to the posted result",
      buckets: [0.5, 1, 2, 4, 8, 16, 32, 64, 128],
      registers,
    }),
    chainErrors: new Counter({ name: "cloakwork_chain_errors_total", help: "Failed calls to the chain", registers }),
    block: new Gauge({ name: "cloakwork_block", help: "Last block whose events were handled", registers }),
    workerRestarts: new Counter({
      name: "cloakwork_worker_restarts_total",
      help: "Evaluating workers that had to be replaced",
      registers,
    }),
    wasmHandles: new Gauge({
      name: "cloakwork_wasm_handles",
      help: "Live WebAssembly objects in the evaluating workers",
      registers,
    }),
  };
}
