import { CloakworkError } from "../../offchain/errors.ts";
import type {
  ArgumentOf,
  Channel,
  Methods,
  ProgressOf,
  ResultOf,
  ToPage,
  ToWorker,
  WalletQuestion,
  WireError,
} from "./protocol.ts";

/** A failure in the worker, in the page. */
export class WorkerError extends CloakworkError {
  constructor({ code, message, next }: WireError) {
    super(code, message, next);
  }
}

/** How the page answers the worker's questions to the wallet. */
export type AskWallet = (question: WalletQuestion) => Promise<unknown>;

export interface CallOptions<Progress> {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((value: Progress) => void) | undefined;
}

/** The worker's methods, in the page. */
export interface Remote<M extends Methods> {
  /**
   * Calls a method.
   *
   * @throws WorkerError; with code `ABORTED` when the signal was aborted
   */
  call<K extends keyof M & string>(
    method: K,
    argument: ArgumentOf<M[K]>,
    options?: CallOptions<ProgressOf<M[K]>>,
  ): Promise<ResultOf<M[K]>>;
}

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((value: never) => void) | undefined;
}

/**
 * Takes up a worker that was given to `serve`.
 *
 * @param channel to the worker
 * @param askWallet called with each question of the worker to the wallet; what it throws goes back with its EIP-1193 code
 */
export function connect<M extends Methods>(channel: Channel<ToWorker, ToPage>, askWallet: AskWallet): Remote<M> {
  const pending = new Map<number, Pending>();
  let calls = 0;

  channel.addEventListener("message", ({ data }) => {
    if (data.type === "wallet-question") {
      void askWallet(data.question).then(
        (value) => {
          channel.postMessage({ type: "wallet-answer", id: data.id, value });
        },
        (error: unknown) => {
          channel.postMessage({ type: "wallet-refusal", id: data.id, error: walletError(error) });
        },
      );
      return;
    }
    const call = pending.get(data.id);
    if (call === undefined) return;
    if (data.type === "progress") {
      call.onProgress?.(data.value as never);
      return;
    }
    pending.delete(data.id);
    if (data.type === "done") call.resolve(data.value as never);
    else call.reject(new WorkerError(data.error));
  });

  return {
    call: (method, argument, { signal, onProgress } = {}) =>
      new Promise((resolve, reject) => {
        const id = ++calls;
        const stop = () => {
          channel.postMessage({ type: "abort", id });
        };
        const settled = () => signal?.removeEventListener("abort", stop);
        pending.set(id, {
          resolve: (value) => {
            settled();
            resolve(value);
          },
          reject: (error) => {
            settled();
            reject(error);
          },
          onProgress,
        });
        channel.postMessage({ type: "call", id, method, argument });
        if (signal?.aborted) stop();
        else signal?.addEventListener("abort", stop, { once: true });
      }),
  };
}

/** EIP-1193 errors carry a number; what carries none is an internal error of the wallet (EIP-1474). */
function walletError(error: unknown): { code: number; message: string; data?: unknown } {
  const { code, message, data } = (typeof error === "object" && error !== null ? error : {}) as Record<string, unknown>;
  return {
    code: typeof code === "number" ? code : -32603,
    message: typeof message === "string" ? message : "The wallet answered with an error.",
    // Revert data is a string; anything else may not survive the crossing.
    ...(typeof data === "string" && { data }),
  };
}
