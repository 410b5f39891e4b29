/**
 * Worker threads that read hostile bytes and evaluate. A worker that dies or takes too long is replaced, and only what it was doing fails.
 *
 * All of one user's work goes to the same worker while it lives, so that opened keys are used again.
 */
import { Worker } from "node:worker_threads";

import { CloakworkError } from "../../errors.ts";
import type { Bytes32 } from "../../digest/hex.ts";
import type { EngineName } from "./evaluator.ts";
import type { Evaluation, FetchPacks, OnBatchProgress } from "./evaluation.ts";
import { EvaluationCrashedError } from "../errors.ts";
import type {
  CheckPayload,
  Evaluated,
  EvaluatePayload,
  ModelSource,
  StatePayload,
  Verdict,
  WorkerAnswer,
  WorkerOptions,
  WorkerProgress,
  WorkerRequest,
} from "./messages.ts";

export interface WorkerPoolOptions {
  readonly workers: number;
  readonly openKeySets: number;
  readonly engine: EngineName;
  /** Threads that work together on one evaluation, a worker; one if not given. */
  readonly threads?: number;
  /** Milliseconds between two words about how far a batch has come; two seconds if not given. */
  readonly progressMs?: number;
  /** Milliseconds one request to a worker may take. */
  readonly timeoutMs: number;
  /** Told whenever a worker had to be replaced. */
  readonly onRestart: (reason: string) => void;
}

/** The worker's program, TypeScript or what was built from it, as this module is. */
const WORKER = new URL(`worker${/\.[jt]s$/.exec(import.meta.url)?.[0] ?? ".ts"}`, import.meta.url);

/** Heap of a worker, MB; WebAssembly memory is apart from it. What it makes in one evaluation is little: young objects need no more room. */
const HEAP_MB = { maxOldGenerationSizeMb: 2048, maxYoungGenerationSizeMb: 6 };

type Asked = WorkerRequest extends infer R ? (R extends { readonly id: number } ? Omit<R, "id"> : never) : never;

interface Waiting {
  readonly resolve: (answer: WorkerAnswer) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
  readonly onProgress: OnBatchProgress | undefined;
}

interface Slot {
  worker: Worker;
  readonly waiting: Map<number, Waiting>;
}

export class WorkerPool implements Evaluation {
  readonly #options: WorkerPoolOptions;
  readonly #models = new Map<Bytes32, ModelSource>();
  readonly #slots: Slot[];
  #nextId = 1;
  #closed = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.workers }, () => {
      const waiting = new Map<number, Waiting>();
      const slot: Slot = { waiting, worker: this.#spawn(() => slot) };
      return slot;
    });
  }

  /** Makes a model ready in every worker, those that replace one included. */
  async load(model: ModelSource): Promise<void> {
    this.#models.set(model.planDigest, model);
    // One after the other: weights that are opened for a worker are in memory twice until it has taken them.
    for (const slot of this.#slots) await this.#loadInto(slot, model);
  }

  async #loadInto(slot: Slot, { constants, ...model }: ModelSource): Promise<void> {
    if (typeof constants !== "function") {
      await this.#ask(slot, { type: "load", model: { ...model, constants } });
      return;
    }
    const opened = await constants();
    await this.#ask(slot, { type: "load", model: { ...model, constants: opened } }, { transferred: [opened.buffer] });
  }

  async unload(planDigest: Bytes32): Promise<void> {
    this.#models.delete(planDigest);
    await Promise.all(this.#slots.map((slot) => this.#ask(slot, { type: "unload", planDigest })));
  }

  /**
   * Reads input and keys.
   *
   * @param packs fetched only when the worker does not hold the keys opened
   */
  async check(payload: Omit<CheckPayload, "packs">, packs: FetchPacks, onProgress?: OnBatchProgress): Promise<Verdict> {
    const request = (complete: CheckPayload): Asked => ({ type: "check", payload: complete });
    const answer = await this.#withPacks(payload, packs, request, onProgress);
    if (answer.type !== "checked") throw unexpected(answer);
    return answer.verdict;
  }

  /** Evaluates what `check` passed. */
  async evaluate(
    payload: Omit<EvaluatePayload, "packs">,
    packs: FetchPacks,
    onProgress?: OnBatchProgress,
  ): Promise<Evaluated> {
    const request = (complete: EvaluatePayload): Asked => ({ type: "evaluate", payload: complete });
    const answer = await this.#withPacks(payload, packs, request, onProgress);
    if (answer.type !== "evaluated") throw unexpected(answer);
    return answer;
  }

  /** Evaluates what `check` passed up to a step. */
  async stateAt(payload: Omit<StatePayload, "packs">, packs: FetchPacks): Promise<Bytes32> {
    const answer = await this.#withPacks(payload, packs, (complete) => ({ type: "state", payload: complete }));
    if (answer.type !== "state") throw unexpected(answer);
    return answer.digest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#slots.map(({ worker }) => worker.terminate()));
  }

  async #withPacks<P extends Omit<CheckPayload, "packs">>(
    payload: P,
    packs: FetchPacks,
    request: (payload: P & Pick<CheckPayload, "packs">) => Asked,
    onProgress?: OnBatchProgress,
  ): Promise<WorkerAnswer> {
    const slot = this.#slotFor(payload.keySetId);
    const answer = await this.#ask(slot, request(payload), { onProgress });
    if (answer.type !== "needs-packs") return answer;
    const given = await packs();
    const buffers = given.flatMap(({ bytes: { buffer } }) => (buffer instanceof ArrayBuffer ? [buffer] : []));
    return this.#ask(slot, request({ ...payload, packs: given }), { onProgress, transferred: [...new Set(buffers)] });
  }

  #slotFor(keySetId: Bytes32): Slot {
    return this.#slots[Number.parseInt(keySetId.slice(-8), 16) % this.#slots.length];
  }

  async #ask(
    slot: Slot,
    request: Asked,
    {
      transferred = [],
      onProgress,
    }: { readonly transferred?: readonly ArrayBuffer[]; readonly onProgress?: OnBatchProgress | undefined } = {},
  ): Promise<WorkerAnswer> {
    if (this.#closed) throw new EvaluationCrashedError("the node is stopping");
    const id = this.#nextId++;
    const answer = await new Promise<WorkerAnswer>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#replace(slot, `no answer within ${this.#options.timeoutMs / 1000} s`);
      }, this.#options.timeoutMs);
      slot.waiting.set(id, { resolve, reject, timer, onProgress });
      slot.worker.postMessage({ id, ...request }, transferred);
    });
    if (answer.type === "failed") throw new CloakworkError(answer.code, answer.message, answer.next);
    return answer;
  }

  #spawn(slotOf: () => Slot): Worker {
    const worker = new Worker(WORKER, {
      workerData: workerOptions(this.#options),
      resourceLimits: HEAP_MB,
      execArgv: process.execArgv,
    });
    worker.on("message", (answer: WorkerAnswer | WorkerProgress) => {
      const { waiting } = slotOf();
      const one = waiting.get(answer.id);
      if (!one) return;
      if (answer.type === "progress") {
        const { stage, done, total } = answer;
        one.onProgress?.({ stage, done, total });
        return;
      }
      waiting.delete(answer.id);
      clearTimeout(one.timer);
      one.resolve(answer);
    });
    worker.on("error", (error) => {
      if (slotOf().worker === worker)
        this.#replace(slotOf(), error instanceof Error ? error.message : "unknown reason");
    });
    worker.on("exit", (code) => {
      if (!this.#closed && slotOf().worker === worker) this.#replace(slotOf(), `the worker ended with code ${code}`);
      else if (this.#closed) fail(slotOf().waiting, "the node is stopping");
    });
    return worker;
  }

  /** Fails what the worker was doing and, unless the pool is closed, starts another with the same models. */
  #replace(slot: Slot, reason: string): void {
    const old = slot.worker;
    fail(slot.waiting, reason);
    if (this.#closed) return;
    slot.worker = this.#spawn(() => slot);
    void old.terminate();
    this.#options.onRestart(reason);
    for (const model of this.#models.values()) {
      this.#loadInto(slot, model).catch((error: unknown) => {
        this.#options.onRestart(error instanceof Error ? error.message : String(error));
      });
    }
  }
}

function workerOptions({ openKeySets, engine, threads = 1, progressMs = 2000 }: WorkerPoolOptions): WorkerOptions {
  return { openKeySets, engine, threads, progressMs };
}

function fail(waiting: Map<number, Waiting>, reason: string): void {
  for (const { reject, timer } of waiting.values()) {
    clearTimeout(timer);
    reject(new EvaluationCrashedError(reason));
  }
  waiting.clear();
}

function unexpected(answer: WorkerAnswer): Error {
  return new TypeError(`the worker answered ${answer.type} to another question`);
}
