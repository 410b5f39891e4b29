/**
 * One interface, several engines: `clear` (slots as floats), `seal` (node-seal), `simd` (own WebAssembly).
 *
 * An engine executes single instructions on values of its own type `V`; `run.ts` walks a plan over it, disposes values after
 * their last use, reports progress and can be cancelled.
 */
import type { Bytes32 } from "../../digest/hex.ts";
import type { Ciphertext } from "../ckks/ciphertext.ts";
import type { KeyPack } from "../ckks/key-pack.ts";
import type { ParameterSet } from "../ckks/parameters.ts";
import type { ConstantId, Plan, ValueId } from "../plan/plan.ts";

/** Executes instructions of one plan for one key set. Every method returns a new value, owned by the caller until `dispose`. */
export interface Evaluator<V> {
  add(a: V, b: V): V;
  sub(a: V, b: V): V;
  mul(a: V, b: V): V;
  negate(a: V): V;
  square(a: V): V;
  relinearise(a: V): V;
  conjugate(a: V): V;
  addPlain(a: V, constant: ConstantId): V;
  mulPlain(a: V, constant: ConstantId): V;
  mulScalar(a: V, constant: ConstantId): V;
  /** Σ value · constant, of scalars and at least one; absent where it is no faster than products and sums. */
  combine?(terms: readonly { readonly value: V; readonly constant: ConstantId }[]): V;
  rescale(a: V, times: number): V;
  modSwitch(a: V, times: number): V;
  /** Slot i of the result is slot i + step of `a`. */
  rotate(a: V, step: number): V;
  /** Hoisting and the extended basis, for plans of semantics `hoisted-1`; absent where an engine does not speak it. */
  readonly hoisted?: HoistedEvaluator<V>;
  dispose(value: V): void;
}

export interface HoistedEvaluator<V> {
  relineariseExt(a: V): V;
  decompose(a: V): V;
  /** By a `step` of 0, what was decomposed, in the extended basis. */
  rotateHoisted(a: V, step: number, ext: boolean): V;
  mulPlainExt(a: V, constant: ConstantId): V;
  addExt(a: V, b: V): V;
  modDown(a: V, times: number): V;
}

/** A model whose constants are ready in memory. */
export interface LoadedModel<Keys, Input, Output> extends Disposable {
  readonly plan: Plan;
  /** Checks and prepares one user's keys; the handle is disposed by the caller. Throws when a key the plan needs is missing or short. */
  openKeys(keys: Keys, options?: WorkOptions): Promise<OpenKeys<Input, Output>>;
}

/** The inputs of a run, in the order of the plan, each taken when it is needed: an array, or what reads them from somewhere. */
export interface InputSequence<Input> {
  readonly length: number;
  at(index: number): Input | undefined;
}

export interface OpenKeys<Input, Output> extends Disposable {
  /** Evaluates the plan once. @returns one value an output of the plan, in order */
  run(inputs: InputSequence<Input>, options?: RunOptions): Promise<Output[]>;
}

/** Long work can be watched and cancelled. */
export interface WorkOptions {
  /** When aborted, the work ends with the signal's reason and frees what it made. */
  readonly signal?: AbortSignal;
  /** Called after every key or instruction with the number done and the number in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface RunOptions extends WorkOptions {
  /** Makes the compact results of this run; required by a plan that has any. Binds the user's keys and the request's masking seed. */
  readonly compact?: Compactor;
}

/** A level-1 ciphertext that a `compact` instruction cuts down. */
export interface CompactInput {
  readonly params: ParameterSet;
  /** N residues modulo the first data prime, NTT form. */
  readonly c0: Uint32Array;
  /** As `c0`. */
  readonly c1: Uint32Array;
  /** The instruction's fields. */
  readonly ring: number;
  readonly bits: number;
  readonly period: number;
  /** Index of the plan's output that it becomes. */
  readonly output: number;
}

/** From `fhe/result`: masks, switches and packs. @returns the result as it is posted */
export type Compactor = (input: CompactInput) => Uint8Array | Promise<Uint8Array>;

/** What an engine on ciphertexts returns for one output. */
export type EncryptedOutput =
  | { readonly kind: "ciphertext"; readonly ciphertext: Ciphertext }
  | { readonly kind: "compact"; readonly bytes: Uint8Array };

/** A model on an engine that works on ciphertexts; keys are the packs of one key set. */
export interface EncryptedModel extends LoadedModel<readonly KeyPack[], Ciphertext, EncryptedOutput> {
  openKeys(packs: readonly KeyPack[], options?: WorkOptions): Promise<EncryptedUser>;
}

/** One user's keys on an engine that works on ciphertexts. Disposed before their model. */
export interface EncryptedUser extends OpenKeys<Ciphertext, EncryptedOutput> {
  /**
   * Evaluates up to a step and no further.
   *
   * @param step index of an instruction, one of `stepsWithState`
   * @returns the digest of the value it defines
   */
  stateAt(inputs: InputSequence<Ciphertext>, step: ValueId, options?: WorkOptions): Promise<Bytes32>;
}
