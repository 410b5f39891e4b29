/**
 * What the wallet user's side takes and gives. Everything here but `Vault`, `Provider` and `WalletPort` can be cloned to and from a Web Worker.
 */
import type { Provider, TypedDataDomain } from "ethers";

import type {
  Deployment,
  Hex,
  Model,
  ModelVersion,
  Quote,
  RefundReason,
  ServingNode,
  Verdict,
} from "../chain/types.ts";
import type { TokenInfo } from "../chain/tokens.ts";
import type { Finish } from "../fhe/plan/plan.ts";
import type { Manifest } from "../sealing/manifest.ts";
import type { Vault } from "./vault/vault.ts";

/** A transaction a wallet is asked for. Gas and nonce are the wallet's affair. */
export interface WalletTransaction {
  readonly chainId: number;
  readonly from: Hex;
  readonly to: Hex;
  readonly data: Hex;
  /** Wei. */
  readonly value: bigint;
}

/** Typed data as JSON (EIP-712). */
export interface WalletTypedData {
  readonly types: Readonly<Record<string, { readonly name: string; readonly type: string }[]>>;
  readonly primaryType: string;
  readonly domain: TypedDataDomain;
  readonly message: Readonly<Record<string, unknown>>;
}

/** The part of a wallet that is used, so that the wallet can live in a page and the work in a Web Worker. */
export interface WalletPort {
  /** The account that pays and owns the keys. */
  readonly address: Hex;
  /** The chain the wallet is on now; asked before every transaction. */
  chainId(): Promise<number>;
  /**
   * Asks the person, signs and sends.
   *
   * @returns the transaction's hash
   * @throws what the wallet throws (EIP-1193 codes); it is decoded by the caller
   */
  sendTransaction(transaction: WalletTransaction): Promise<Hex>;
  /**
   * Asks the person, and signs typed data.
   *
   * @param typed as `eth_signTypedData_v4` takes it (EIP-712)
   * @throws what the wallet throws; 4200 when it cannot
   */
  signTypedData(typed: WalletTypedData): Promise<Hex>;
}

/** Enough to look around: no wallet, no secrets. */
export interface ReadContext {
  /** Where the chain is read. */
  readonly provider: Provider;
  readonly deployment: Deployment;
  /** Base URLs of blob stores the person trusts to be there; those the chain names are asked besides. */
  readonly endpoints: readonly string[];
}

/** Enough to ask for an inference. */
export interface ClientContext extends ReadContext {
  /** Open. */
  readonly vault: Vault;
  readonly wallet: WalletPort;
}

/** The steps of a request, in order. `evaluating` begins when the node accepts. */
export const STEPS = ["encrypt", "upload", "pay", "assigned", "evaluating", "posted", "decrypted"] as const;
export type Step = (typeof STEPS)[number];

/** How a step stands. The last event of a step replaces those before. */
export interface TimelineEvent {
  readonly step: Step;
  readonly state: "active" | "done" | "failed";
  /** Milliseconds since the epoch; of what happened on chain, the time of its block. */
  readonly at: number;
  /** What happened or what it waits for: one sentence, never a decrypted value. */
  readonly detail: string;
  /** Part done, 0 … 1. */
  readonly progress?: number;
  /** Size of what crossed: the input, the result. */
  readonly bytes?: number;
  /** Blob root of what crossed. */
  readonly digest?: Hex;
  /** Where what crossed was stored. */
  readonly endpoint?: string;
  readonly hash?: Hex;
  readonly gas?: bigint;
  readonly node?: Hex;
  /** How many nodes answer it, where more than one does. */
  readonly replicas?: number;
  /** Of `posted`: a dispute under way, or how one ended. */
  readonly dispute?: "open" | Verdict;
  /** Unix seconds: by when the step ends or is given up. */
  readonly until?: number;
  /** Of `pay`: what was paid, as the chain has it. */
  readonly price?: Pick<Quote, "token" | "total">;
  /** Of a step that failed: why the escrow went back. Without it the money is still to be taken back, or was never paid. */
  readonly refunded?: RefundReason;
}

/** How making and registering keys stands. */
export interface KeyProgress {
  readonly stage: "check" | "make" | "upload" | "register" | "done";
  readonly at: number;
  readonly detail: string;
  /** Bytes made or sent, of `total`. */
  readonly done?: number;
  readonly total?: number;
  readonly hash?: Hex;
  readonly gas?: bigint;
}

/** A key set that is on chain with everything a plan needs. */
export interface ReadyKeys {
  readonly keySetId: Hex;
  /** Bytes of keys made now; 0 when everything was there. */
  readonly bytes: number;
  /** True when the key set is new: its secret exists in this vault alone, so a backup is due. */
  readonly created: boolean;
}

/** A CloakworkError as plain data. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

/** A part of a model card that could not be had. */
export interface CardProblem extends Problem {
  readonly part: "model" | "version" | "manifest" | "price" | "nodes";
}

/** A node that serves a version. */
export interface ServingNodeCard extends ServingNode {
  /** Base URL of its blob store. */
  readonly endpoint: string;
  /** Whether it could be drawn now: not leaving, not suspended for the model, with enough stake free, and takes fees in the model's token. */
  readonly canTake: boolean;
}

/** A model as a person sees it before paying. What could not be had is undefined, and `problems` says why. */
export interface ModelCard {
  readonly modelId: bigint;
  readonly model: Model | undefined;
  /** The newest version. */
  readonly version: ModelVersion | undefined;
  /** Checked against the chain. */
  readonly manifest: Manifest | undefined;
  /** One price a plan, in the order of the plans; undefined too while the model takes no requests. */
  readonly prices: readonly Quote[] | undefined;
  /** Of the token the prices are in; undefined for ether, and where the token does not say. */
  readonly token: TokenInfo | undefined;
  readonly nodes: readonly ServingNodeCard[] | undefined;
  readonly problems: readonly CardProblem[];
}

/** Decrypted, for this device. To show it to others, release it first (`releaseResult`). */
export interface Answer {
  /** One number an output, before `finish`, rounded to `step`. */
  readonly values: readonly number[];
  /** Bound on the error of each value, rounding not included. */
  readonly errorBound: number;
  /** The power of ten the values are rounded to: the largest not above the error bound. */
  readonly step: number;
  readonly finish: Finish;
  /** After softmax or sigmoid; undefined where there is none. */
  readonly probabilities: readonly number[] | undefined;
  /** One an output, or empty. */
  readonly labels: readonly string[];
  /** The largest output where outputs are classes; else undefined. */
  readonly index: number | undefined;
  /** Its label. */
  readonly label: string | undefined;
  /** True when no other class can be the largest within the error bound; undefined where outputs are not classes. */
  readonly certain: boolean | undefined;
}

/** A request that was answered. */
export interface Inference {
  readonly requestId: bigint;
  readonly transaction: Hex;
  readonly answer: Answer;
  /** One an input, in order; `answer` is the first. */
  readonly answers: readonly Answer[];
  readonly bytes: { readonly input: number; readonly result: number };
  /** Gas of the transactions, where known; `settle` only when it was done now. */
  readonly gas: {
    readonly request: bigint | undefined;
    readonly post: bigint | undefined;
    readonly settle: bigint | undefined;
  };
  /** Node and owner have been paid. */
  readonly settled: boolean;
  /** Why it was not settled though it should have been; the answer is good all the same. */
  readonly settleProblem: Problem | undefined;
}

/** Numbers of nodes a request may have. */
export const REPLICAS = [1, 3, 5, 7] as const;
export type Replicas = (typeof REPLICAS)[number];

/** What to ask for. */
export interface InferenceRequestInput {
  readonly modelId: bigint;
  readonly version: number;
  readonly planIndex: number;
  /** The flattened input, row by row; for a plan for a batch all inputs, one after the other. */
  readonly values: readonly number[] | Float64Array;
  /** The price the person agreed to. Anything else is refused before anything is sent. */
  readonly price: Quote;
  /** How many nodes evaluate it, each without seeing the others' answers; 1 when omitted. The price is for so many. */
  readonly replicas?: Replicas;
  /** What the person was shown of the model; a plan that differs from it is refused. */
  readonly stated?: Manifest | undefined;
  /** Seconds from now until the money can be taken back; chosen from the hub's windows when omitted. */
  readonly patience?: number;
}

/** What long work can be told. */
export interface FollowOptions {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: TimelineEvent) => void;
  /** Told the answer, of a batch the first, as soon as it is open, before anything is settled. */
  readonly onAnswer?: (answer: Answer) => void;
  /** Pay node and owner once the result is open; true when omitted. Costs one more transaction; after the challenge window others pay it. */
  readonly settle?: boolean;
  /** Milliseconds between two looks at the chain. */
  readonly pollMs?: number;
}

export interface InferOptions extends FollowOptions {
  /** Told about keys while they are made; called before the first step. */
  readonly onKeys?: (progress: KeyProgress) => void;
}
