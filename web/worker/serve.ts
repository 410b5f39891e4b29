import type { Channel, Methods, ToPage, ToWorker, WalletQuestion, WireWalletError } from "./protocol.ts";
import { ABORTED, wireError } from "./wire-error.ts";

/** What a wallet refused, with the code that says why (EIP-1193). */
export class WalletRefusal extends Error {
  override readonly name = "WalletRefusal";
  readonly code: number;
  readonly data: unknown;

  constructor({ code, message, data }: WireWalletError) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** The page's wallet, as a provider in the worker. */
export interface RemoteWallet {
  request(question: WalletQuestion): Promise<unknown>;
}

/**
 * Answers the page's calls.
 *
 * @param channel to the page
 * @param methods what the page may call; made with the page's wallet at hand
 */
export function serve(channel: Channel<ToPage, ToWorker>, methods: (wallet: RemoteWallet) => Methods): void {
  const running = new Map<number, AbortController>();
  const questions = new Map<number, PromiseWithResolvers<unknown>>();
  let asked = 0;

  const table = methods({
    request: (question) => {
      const id = ++asked;
      const answer = Promise.withResolvers<unknown>();
      questions.set(id, answer);
      channel.postMessage({ type: "wallet-question", id, question });
      return answer.promise;
    },
  });

  const call = async (id: number, method: string, argument: unknown): Promise<void> => {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      if (!Object.hasOwn(table, method)) throw new TypeError(`the worker has no method ${method}`);
      const value = await table[method](argument, {
        signal: controller.signal,
        progress: (progress: unknown) => {
          if (!controller.signal.aborted) channel.postMessage({ type: "progress", id, value: progress });
        },
      });
      channel.postMessage({ type: "done", id, value });
    } catch (error) {
      channel.postMessage({ type: "failed", id, error: controller.signal.aborted ? ABORTED : wireError(error) });
    } finally {
      running.delete(id);
    }
  };

  channel.addEventListener("message", ({ data }) => {
    switch (data.type) {
      case "call":
        void call(data.id, data.method, data.argument);
        break;
      case "abort":
        running.get(data.id)?.abort();
        break;
      case "wallet-answer":
        questions.get(data.id)?.resolve(data.value);
        questions.delete(data.id);
        break;
      case "wallet-refusal":
        questions.get(data.id)?.reject(new WalletRefusal(data.error));
        questions.delete(data.id);
        break;
    }
  });
}
