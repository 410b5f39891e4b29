/** What an evaluating worker does: keeps models ready, keeps the last users' keys open, reads hostile bytes, evaluates. */
import type { Bytes32 } from "../../digest/hex.ts";
import type { BatchInput } from "../../fhe/ckks/batch-input.ts";
import type { Ciphertext } from "../../fhe/ckks/ciphertext.ts";
import type { ExpandPolynomial } from "../../fhe/ckks/key-set.ts";
import type { EncryptedModel, InputSequence } from "../../fhe/engine/engine.ts";
import { loadSealModel } from "../../fhe/engine/seal.ts";
import { liveSealHandles } from "../../fhe/engine/seal-handles.ts";
import { loadSimdModel } from "../../fhe/engine/simd.ts";
import { fastestExpansion } from "../../fhe/kernel/expand-polynomial.ts";
import { parsePlan } from "../../fhe/plan/canonical.ts";
import type { OnBatchProgress } from "./evaluation.ts";
import type { CheckPayload, Evaluated, EvaluatePayload, ModelPayload, StatePayload, Verdict } from "./messages.ts";
import { startNodeThread } from "./node-thread.ts";
import { openUser, type OpenUser } from "./open-user.ts";
import { readInputs } from "./read-inputs.ts";
import { refusedBy } from "./refusal.ts";

/** Which engine evaluates plans of semantics `seal-4.1` for one sample; both give the same bytes. Others are evaluated on `simd`. */
export type EngineName = "seal" | "simd";

interface LoadedEngine {
  readonly model: EncryptedModel;
  /** Objects it holds in WebAssembly memory now, where it counts its own. */
  readonly objects: () => number;
}

export class Evaluator implements Disposable {
  readonly #models = new Map<Bytes32, LoadedEngine>();
  /** Opened keys by plan and packs, the least recently used first. */
  readonly #users = new Map<string, OpenUser>();
  #expansion: Promise<ExpandPolynomial> | undefined;
  readonly #openKeySets: number;
  readonly #engine: EngineName;
  readonly #threads: number;

  /**
   * @param openKeySets how many users' keys stay open
   * @param threads how many work together on one evaluation, the one at hand included
   */
  constructor(openKeySets: number, engine: EngineName, threads = 1) {
    this.#openKeySets = openKeySets;
    this.#engine = engine;
    this.#threads = threads;
  }

  /** WebAssembly objects this worker holds: flat over any number of requests, else something leaks. */
  get handles(): number {
    return [...this.#models.values()].reduce((sum, { objects }) => sum + objects(), liveSealHandles());
  }

  async load({ planDigest, plan, constants }: ModelPayload): Promise<void> {
    if (this.#models.has(planDigest)) return;
    this.#models.set(planDigest, await loadEngine(this.#engine, this.#threads, plan, constants));
  }

  unload(planDigest: Bytes32): void {
    for (const key of this.#users.keys()) if (key.startsWith(planDigest)) this.#forget(key);
    this.#models.get(planDigest)?.model[Symbol.dispose]();
    this.#models.delete(planDigest);
  }

  /** Whether the packs of a payload have to be given, because its keys are not open any more. */
  needsPacks({ planDigest, packsDigest, packs }: CheckPayload): boolean {
    return packs === undefined && !this.#users.has(userKey(planDigest, packsDigest));
  }

  /**
   * Reads input and keys as a node must before it accepts.
   *
   * @returns the verdict; a fault of this node itself is thrown instead
   */
  async check(payload: CheckPayload, onProgress?: OnBatchProgress): Promise<Verdict> {
    const model = this.#model(payload.planDigest);
    try {
      const inputs = await this.#inputs(model, payload, onProgress);
      await this.#user(model, payload);
      return { ok: true, ...("file" in payload.input && "digests" in inputs && { digests: inputs.digests }) };
    } catch (error) {
      const refused = refusedBy(error);
      if (refused === undefined) throw error;
      return refused;
    }
  }

  /** @throws CloakworkError when input or keys do not pass `check` */
  async evaluate(payload: EvaluatePayload, onProgress?: OnBatchProgress): Promise<Evaluated> {
    const { planDigest, keySetId, input, chainId, hub, request, seed } = payload;
    const model = this.#model(planDigest);
    const inputs = watched(await this.#inputs(model, payload, onProgress), model.plan.batch && onProgress);
    const user = await this.#user(model, payload);
    const context = { chainId, hub, request, plan: planDigest, keySet: keySetId, inputs: [input.residuesRoot] };
    const started = performance.now();
    const result = await user.result(inputs, { context, seed });
    return { result, milliseconds: performance.now() - started, handles: this.handles };
  }

  /** The digest of the state at a step. @throws CloakworkError when input or keys do not pass `check` */
  async stateAt(payload: StatePayload): Promise<Bytes32> {
    const model = this.#model(payload.planDigest);
    const inputs = await this.#inputs(model, payload);
    const { keys } = await this.#user(model, payload);
    return await keys.stateAt(inputs, payload.step);
  }

  [Symbol.dispose](): void {
    for (const key of [...this.#users.keys()]) this.#forget(key);
    for (const { model } of this.#models.values()) model[Symbol.dispose]();
    this.#models.clear();
  }

  #model(planDigest: Bytes32): EncryptedModel {
    const loaded = this.#models.get(planDigest);
    if (!loaded) throw new RangeError(`the plan ${planDigest} is not loaded`);
    return loaded.model;
  }

  /** The input, read and checked; of a batch that was checked before nothing is read yet. */
  async #inputs(
    { plan }: EncryptedModel,
    { keySetId, input }: CheckPayload,
    onProgress?: OnBatchProgress,
  ): Promise<BatchInput | readonly [Ciphertext]> {
    const onRead = (done: number, total: number): void => onProgress?.({ stage: "read", done, total });
    return await readInputs(plan, keySetId, input, await this.#expand(), onRead);
  }

  #expand(): Promise<ExpandPolynomial> {
    return (this.#expansion ??= fastestExpansion());
  }

  async #user(model: EncryptedModel, { planDigest, packsDigest, keySetId, packs }: CheckPayload): Promise<OpenUser> {
    const key = userKey(planDigest, packsDigest);
    let user = this.#users.get(key);
    this.#users.delete(key);
    user ??= await openUser(model, keySetId, packs ?? [], await this.#expand());
    this.#users.set(key, user);
    for (const oldest of this.#users.keys()) {
      if (this.#users.size <= this.#openKeySets) break;
      this.#forget(oldest);
    }
    return user;
  }

  #forget(key: string): void {
    this.#users.get(key)?.[Symbol.dispose]();
    this.#users.delete(key);
  }
}

async function loadEngine(
  engine: EngineName,
  threads: number,
  plan: Uint8Array,
  constants: Uint32Array,
): Promise<LoadedEngine> {
  const checked = parsePlan(plan);
  // Only the kernel speaks the other semantics, and node-seal has no time for a batch.
  if (engine === "seal" && checked.plan.semantics === "seal-4.1" && checked.plan.batch === undefined)
    return { model: await loadSealModel(checked, constants), objects: () => 0 };
  const model = await loadSimdModel(checked, constants, { threads: { count: threads, start: startNodeThread } });
  return { model, objects: () => model.memory.takenCount };
}

/** The same inputs, telling how many of them were taken. */
function watched(inputs: InputSequence<Ciphertext>, tell: OnBatchProgress | undefined): InputSequence<Ciphertext> {
  if (tell === undefined) return inputs;
  const { length: total } = inputs;
  let done = 0;
  return {
    length: total,
    at(index) {
      const input = inputs.at(index);
      tell({ stage: "evaluate", done: ++done, total });
      return input;
    },
  };
}

const userKey = (planDigest: Bytes32, packsDigest: Bytes32) => `${planDigest}/${packsDigest}`;
