/** What an operator watches, in Prometheus form. Names follow its conventions: base units, `_total` for counters. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";

export interface NodeMetrics {
  readonly registry: Registry;
  /** Requests by how they went on: accepted, declined, rejected, posted, committed, revealed, settled, overruled. */
  readonly requests: Counter<"outcome">;
  /** Open jobs by state. */
  readonly jobs: Gauge<"state">;
  /** Open cases, answers that may be or are disputed, by state. */
  readonly cases: Gauge<"state">;
  /** Duties that cost a part of the bond: missed, overruled. */
  readonly penalties: Counter<"reason">;
  /** Other nodes' answers evaluated again on this node's own account: agrees, differs. */
  readonly checks: Counter<"outcome">;
  /** Challenges by how they went on: committed, revealed, won, undecided, lost. */
  readonly challenges: Counter<"outcome">;
  /** Votes as a juror: committed, revealed, released, punished. */
  readonly votes: Counter<"outcome">;
  /** Audits this node showed. */
  readonly audits: Counter;
  /** Verdicts this node carried out. */
  readonly verdicts: Counter;
  /** Callbacks: delivered, failed, unpaid. */
  readonly callbacks: Counter<"outcome">;
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
    cases: new Gauge({
      name: "cloakwork_cases",
      help: "Answers that may be or are disputed, by state",
      labelNames: ["state"],
      registers,
    }),
    penalties: new Counter({
      name: "cloakwork_penalties_total",
      help: "Duties that cost a part of the bond",
      labelNames: ["reason"],
      registers,
    }),
    checks: new Counter({
      name: "cloakwork_checks_total",
      help: "Other nodes' answers evaluated again",
      labelNames: ["outcome"],
      registers,
    }),
    challenges: new Counter({
      name: "cloakwork_challenges_total",
      help: "Challenges of other nodes' answers",
      labelNames: ["outcome"],
      registers,
    }),
    votes: new Counter({ name: "cloakwork_votes_total", help: "Votes as a juror", labelNames: ["outcome"], registers }),
    audits: new Counter({ name: "cloakwork_audits_total", help: "Audits shown", registers }),
    verdicts: new Counter({ name: "cloakwork_verdicts_total", help: "Verdicts carried out", registers }),
    callbacks: new Counter({
      name: "cloakwork_callbacks_total",
      help: "Callbacks ordered by requesters",
      labelNames: ["outcome"],
      registers,
    }),
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
