/** What an evaluating worker does: keeps models ready, keeps the last users' keys open, reads hostile bytes, evaluates. */
import { bytes32, type Bytes32 } from "../../digest/hex.ts";
import { CloakworkError } from "../../errors.ts";
import { inputRoot, type Ciphertext } from "../../fhe/ckks/ciphertext.ts";
import { parseCiphertext } from "../../fhe/ckks/ciphertext-format.ts";
import { packRoot, parsePack, type KeyPack, type PackedKey } from "../../fhe/ckks/key-pack.ts";
import { KEY_KINDS } from "../../fhe/ckks/key-set.ts";
import { untrusted } from "../../fhe/ckks/untrusted.ts";
import type { EncryptedModel, EncryptedUser } from "../../fhe/engine/engine.ts";
import { loadSealModel } from "../../fhe/engine/seal.ts";
import { liveSealHandles } from "../../fhe/engine/seal-handles.ts";
import { loadSimdModel } from "../../fhe/engine/simd.ts";
import { fastestExpansion } from "../../fhe/kernel/expand-polynomial.ts";
import type { Plan } from "../../fhe/plan/plan.ts";
import { parsePlan } from "../../fhe/plan/canonical.ts";
import { createCompactor } from "../../fhe/result/compactor.ts";
import { smallKeyBody } from "../../fhe/result/key-bodies.ts";
import {
  parseCompactPublicKey,
  parseSwitchKey,
  type CompactPublicKey,
  type SwitchKey,
} from "../../fhe/result/opened-keys.ts";
import { REJECT_CODES } from "../reject-codes.ts";
import type {
  CheckPayload,
  Evaluated,
  EvaluatePayload,
  InputPayload,
  ModelPayload,
  PackPayload,
  StatePayload,
  Verdict,
} from "./messages.ts";

/** Which engine evaluates plans of semantics `seal-4.1`; both give the same bytes. Others are evaluated on `simd`. */
export type EngineName = "seal" | "simd";

interface LoadedEngine {
  readonly model: EncryptedModel;
  /** Objects it holds in WebAssembly memory now, where it counts its own. */
  readonly objects: () => number;
}

interface OpenUser extends Disposable {
  readonly keys: EncryptedUser;
  readonly switchKey: SwitchKey;
  readonly compactPublicKey: CompactPublicKey;
}

/** The bytes are at fault, in a way every node finds alike. */
class Refusal extends Error {
  readonly verdict: Verdict & { ok: false };
  constructor(name: keyof typeof REJECT_CODES, reason: string) {
    super(reason);
    this.verdict = { ok: false, code: REJECT_CODES[name], name, reason };
  }
}

export class Evaluator implements Disposable {
  readonly #models = new Map<Bytes32, LoadedEngine>();
  /** Opened keys by plan and packs, the least recently used first. */
  readonly #users = new Map<string, OpenUser>();
  readonly #openKeySets: number;
  readonly #engine: EngineName;

  /** @param openKeySets how many users' keys stay open */
  constructor(openKeySets: number, engine: EngineName) {
    this.#openKeySets = openKeySets;
    this.#engine = engine;
  }

  /** WebAssembly objects this worker holds: flat over any number of requests, else something leaks. */
  get handles(): number {
    return [...this.#models.values()].reduce((sum, { objects }) => sum + objects(), liveSealHandles());
  }

  async load({ planDigest, plan, constants }: ModelPayload): Promise<void> {
    if (this.#models.has(planDigest)) return;
    this.#models.set(planDigest, await loadEngine(this.#engine, plan, constants));
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
  async check(payload: CheckPayload): Promise<Verdict> {
    const model = this.#model(payload.planDigest);
    return verdictOf(async () => {
      readInput(model.plan, payload.keySetId, payload.input);
      await this.#user(model, payload);
    });
  }

  /** @throws CloakworkError when input or keys do not pass `check` */
  async evaluate(payload: EvaluatePayload): Promise<Evaluated> {
    const { planDigest, keySetId, input, chainId, hub, request, seed } = payload;
    const model = this.#model(planDigest);
    const ciphertext = readInput(model.plan, keySetId, input);
    const { keys, switchKey, compactPublicKey } = await this.#user(model, payload);
    const context = { chainId, hub, request, plan: planDigest, keySet: keySetId, inputs: [input.residuesRoot] };
    const started = performance.now();
    const [output] = await keys.run([ciphertext], {
      compact: createCompactor({ switchKey, compactPublicKey, context, seed }),
    });
    if (output?.kind !== "compact") throw new TypeError("the plan makes no compact result");
    return { result: output.bytes, milliseconds: performance.now() - started, handles: this.handles };
  }

  /** The digest of the state at a step. @throws CloakworkError when input or keys do not pass `check` */
  async stateAt(payload: StatePayload): Promise<Bytes32> {
    const model = this.#model(payload.planDigest);
    const ciphertext = readInput(model.plan, payload.keySetId, payload.input);
    const { keys } = await this.#user(model, payload);
    return await keys.stateAt([ciphertext], payload.step);
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

  async #user(model: EncryptedModel, { planDigest, packsDigest, keySetId, packs }: CheckPayload): Promise<OpenUser> {
    const key = userKey(planDigest, packsDigest);
    let user = this.#users.get(key);
    this.#users.delete(key);
    user ??= await openUser(model, keySetId, packs ?? []);
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

async function loadEngine(engine: EngineName, plan: Uint8Array, constants: Uint32Array): Promise<LoadedEngine> {
  const checked = parsePlan(plan);
  // Only the kernel speaks the other semantics.
  if (engine === "seal" && checked.plan.semantics === "seal-4.1")
    return { model: await loadSealModel(checked, constants), objects: () => 0 };
  const model = await loadSimdModel(checked, constants);
  return { model, objects: () => model.memory.takenCount };
}

const userKey = (planDigest: Bytes32, packsDigest: Bytes32) => `${planDigest}/${packsDigest}`;

async function verdictOf(read: () => Promise<void>): Promise<Verdict> {
  try {
    await read();
    return { ok: true };
  } catch (error) {
    if (error instanceof Refusal) return error.verdict;
    if (error instanceof CloakworkError && error.code in REJECT_CODES) {
      return { ok: false, code: REJECT_CODES[error.code], name: error.code, reason: error.message };
    }
    throw error;
  }
}

function readInput(plan: Plan, keySetId: Bytes32, { bytes, residuesRoot }: InputPayload): Ciphertext {
  const [{ level, scale }] = plan.inputs;
  const ciphertext = parseCiphertext(untrusted(bytes), { role: "input", params: plan.params, keySetId, level, scale });
  if (inputRoot(ciphertext) !== bytes32(residuesRoot)) {
    throw new Refusal("INPUT_ROOT", "The input does not expand to the root the request names.");
  }
  return ciphertext;
}

async function openUser(model: EncryptedModel, keySetId: Bytes32, payloads: readonly PackPayload[]): Promise<OpenUser> {
  const { params } = model.plan;
  const bodies = [smallKeyBody];
  const expand = await fastestExpansion();
  const packs = payloads.map(({ bytes, residuesRoot }): KeyPack => {
    const pack = parsePack(untrusted(bytes), { params, keySetId, maxBytes: bytes.length, bodies });
    if (packRoot(pack, bodies, expand) !== bytes32(residuesRoot)) {
      throw new Refusal("PACK_ROOT", "A key pack does not expand to the root the registry names.");
    }
    return pack;
  });
  const switchBody = bodyOf(packs, KEY_KINDS.switch);
  const publicBody = bodyOf(packs, KEY_KINDS.compactPublic);
  const keys = await model.openKeys(packs);
  return {
    keys,
    switchKey: parseSwitchKey(params, keySetId, untrusted(switchBody)),
    compactPublicKey: parseCompactPublicKey(keySetId, untrusted(publicBody)),
    [Symbol.dispose]() {
      keys[Symbol.dispose]();
    },
  };
}

function bodyOf(packs: readonly KeyPack[], kind: PackedKey["kind"]): Uint8Array {
  const key = packs.flatMap(({ keys }) => keys).find((candidate) => candidate.kind === kind);
  if (!key) throw new Refusal("KEY_MISSING", "The key set lacks the keys of the small ring.");
  return key.body;
}
