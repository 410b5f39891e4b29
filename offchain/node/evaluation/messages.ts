/** What the daemon and its evaluating workers say to each other. Bytes are transferred, not copied, wherever the sender is done with them. */
import type { Bytes32, Hex } from "../../digest/hex.ts";
import type { EngineName } from "./evaluator.ts";

/** A plan with its opened weights, for a worker to keep ready. */
export interface ModelPayload {
  /** Names the plan in later messages: its digest. */
  readonly planDigest: Bytes32;
  /** Canonical bytes of the plan. */
  readonly plan: Uint8Array;
  /** Residues of all constants, one after the other (docs/formats.md, section 7). */
  readonly constants: Uint32Array;
}

/** A model as the pool keeps it: weights that can be opened again when another worker needs them are not kept beside the workers' own. */
export type ModelSource = Omit<ModelPayload, "constants"> & {
  /** The constants, or what gives them anew each time; they are the worker's then. */
  readonly constants: Uint32Array | (() => Promise<Uint32Array<ArrayBuffer>>);
};

/** A pack as the registry names it. */
export interface PackPayload {
  readonly residuesRoot: Bytes32;
  readonly bytes: Uint8Array;
}

/** An input with what the chain says of it. */
export interface InputPayload {
  readonly residuesRoot: Bytes32;
  readonly bytes: Uint8Array;
}

/** The input of a batch, which stays where the node keeps blobs: it is too large to be handed over. */
export interface FilePayload {
  readonly residuesRoot: Bytes32;
  /** Path of a file that has the input's blob root. */
  readonly file: string;
  /** What a `check` of this input gave, however long ago: it is not checked again. */
  readonly digests?: Uint8Array | undefined;
}

/** What is checked before a duty is accepted. */
export interface CheckPayload {
  readonly planDigest: Bytes32;
  readonly keySetId: Bytes32;
  /** Commitment to the packs; names the opened keys. */
  readonly packsDigest: Bytes32;
  /** Left out at first: the worker may still hold these keys opened, and asks for the packs when it does not. */
  readonly packs?: readonly PackPayload[];
  readonly input: InputPayload | FilePayload;
}

/** What is evaluated once it was accepted. */
export interface EvaluatePayload extends CheckPayload {
  readonly chainId: bigint;
  readonly hub: Hex;
  readonly request: bigint;
  /** The request's noise seed, 32 bytes. */
  readonly seed: Uint8Array;
}

/** What a juror's work is shown by. */
export interface StatePayload extends CheckPayload {
  /** Index of an instruction, one of `stepsWithState` of the plan. */
  readonly step: number;
}

/** What a worker is started with. */
export interface WorkerOptions {
  readonly openKeySets: number;
  readonly engine: EngineName;
  readonly threads: number;
  /** Between two words about how far one piece of work has come, milliseconds; the first does not come before. */
  readonly progressMs: number;
}

export type WorkerRequest = { readonly id: number } & (
  | { readonly type: "load"; readonly model: ModelPayload }
  | { readonly type: "unload"; readonly planDigest: Bytes32 }
  | { readonly type: "check"; readonly payload: CheckPayload }
  | { readonly type: "evaluate"; readonly payload: EvaluatePayload }
  | { readonly type: "state"; readonly payload: StatePayload }
);

/** The parser's verdict: everything fits, or why not, with the code that goes on chain. */
export type Verdict =
  | {
      readonly ok: true;
      /** Of a batch in a file: the SHA-256 of its ciphertexts, by which they are known again when they are evaluated. */
      readonly digests?: Uint8Array;
    }
  | { readonly ok: false; readonly code: number; readonly name: string; readonly reason: string };

export interface Evaluated {
  /** The result as it is posted or served. */
  readonly result: Uint8Array;
  /** Evaluation alone, without reading keys. */
  readonly milliseconds: number;
  /** Live WebAssembly objects in the worker after it. */
  readonly handles: number;
}

/** How far the work on a batch has come; other work is too short to tell. */
export interface BatchProgress {
  /** Reading and checking its ciphertexts, or evaluating, which reads each again when it first needs it. */
  readonly stage: "read" | "evaluate";
  /** Ciphertexts so far, and in all. */
  readonly done: number;
  readonly total: number;
}

/** Said now and then before an answer. */
export type WorkerProgress = { readonly id: number; readonly type: "progress" } & BatchProgress;

export type WorkerAnswer = { readonly id: number } & (
  | { readonly type: "loaded" | "unloaded" }
  | { readonly type: "needs-packs" }
  | { readonly type: "checked"; readonly verdict: Verdict }
  | ({ readonly type: "evaluated" } & Evaluated)
  | { readonly type: "state"; readonly digest: Bytes32 }
  | { readonly type: "failed"; readonly code: string; readonly message: string; readonly next: string }
);
