/**
 * What page and worker say to each other. The worker holds the secrets and does the work; the page shows. Calls go one way, with progress and
 * abort; questions to the wallet, which lives in the page, go the other way.
 */

/** A failure as it crosses: enough to say what happened and what to do, nothing of what was worked on. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

/** What an EIP-1193 provider threw. */
export interface WireWalletError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export interface WalletQuestion {
  readonly method: string;
  readonly params?: readonly unknown[];
}

export type ToWorker =
  | { readonly type: "call"; readonly id: number; readonly method: string; readonly argument: unknown }
  | { readonly type: "abort"; readonly id: number }
  | { readonly type: "wallet-answer"; readonly id: number; readonly value: unknown }
  | { readonly type: "wallet-refusal"; readonly id: number; readonly error: WireWalletError };

export type ToPage =
  | { readonly type: "progress"; readonly id: number; readonly value: unknown }
  | { readonly type: "done"; readonly id: number; readonly value: unknown }
  | { readonly type: "failed"; readonly id: number; readonly error: WireError }
  | { readonly type: "wallet-question"; readonly id: number; readonly question: WalletQuestion };

/** What a method of the worker may use while it runs. */
export interface CallContext<Progress> {
  /** Aborted when the page loses interest. */
  readonly signal: AbortSignal;
  readonly progress: (value: Progress) => void;
}

/** A method: one argument, progress on the way, one result; all of it structured-cloneable. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the widest method there is, to constrain tables of narrow ones
export type Method = (argument: any, context: CallContext<any>) => Promise<unknown>;

/** The methods a worker offers, by name. */
export type Methods = Readonly<Record<string, Method>>;

export type ArgumentOf<M extends Method> = Parameters<M>[0];
export type ResultOf<M extends Method> = Awaited<ReturnType<M>>;
export type ProgressOf<M extends Method> = Parameters<M>[1] extends CallContext<infer P> ? P : never;

/** The part of `Worker`, `MessagePort` and a worker's own scope that is used. */
export interface Channel<Out, In> {
  postMessage(message: Out, transfer?: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent<In>) => void): void;
}
