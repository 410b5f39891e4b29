/** Nodes that misbehave, made from outside: an evaluation that lies around the real one, and an account that changes or drops what it is to send. */
import { Wallet, type Provider, type TransactionRequest, type TransactionResponse } from "ethers";

import { INTERFACES } from "../../offchain/chain/contracts.ts";
import type { Hex } from "../../offchain/chain/types.ts";
import type { Evaluation } from "../../offchain/node/evaluation/evaluation.ts";
import type { Evaluated, Verdict } from "../../offchain/node/evaluation/messages.ts";
import { WorkerPool, type WorkerPoolOptions } from "../../offchain/node/evaluation/worker-pool.ts";
import type { FleetMember } from "./fleet.ts";

/** A call of the hub or of the contract for disputes. */
export interface SentCall {
  /** The function's name. */
  readonly method: string;
  readonly args: readonly unknown[];
}

/** What a node does otherwise than it should; may be changed while it runs. */
export interface Acting {
  /** Changes a request's result. */
  lie?: ((result: Uint8Array, request: bigint) => Uint8Array) | undefined;
  /** Changes the parser's verdict on an input, named by its residues root. */
  judge?: ((verdict: Verdict, input: Hex) => Verdict) | undefined;
  /** Called before a transaction is sent. @returns "drop" to keep silent, or arguments to send in place of the right ones */
  send?: ((call: SentCall) => "drop" | readonly unknown[] | undefined) | undefined;
}

const KNOWN = [INTERFACES.hub, INTERFACES.hubExtension, INTERFACES.disputes];

class ActingWallet extends Wallet {
  readonly #acting: Acting;

  constructor(key: string, acting: Acting, provider?: Provider | null) {
    super(key, provider);
    this.#acting = acting;
  }

  override connect(provider: Provider | null): Wallet {
    return new ActingWallet(this.privateKey, this.#acting, provider);
  }

  override async sendTransaction(transaction: TransactionRequest): Promise<TransactionResponse> {
    const { data } = transaction;
    const parsed =
      typeof data === "string" ? KNOWN.map((known) => ({ known, call: known.parseTransaction({ data }) })) : [];
    const found = parsed.find(({ call }) => call !== null);
    if (found?.call) {
      const { known, call } = found;
      const changed = this.#acting.send?.({ method: call.name, args: Array.from(call.args) as unknown[] });
      if (changed === "drop") throw new Error(`kept silent instead of ${call.name}`);
      if (changed)
        return await super.sendTransaction({ ...transaction, data: known.encodeFunctionData(call.name, changed) });
    }
    return await super.sendTransaction(transaction);
  }
}

class ActingEvaluation implements Evaluation {
  readonly #inner: Evaluation;
  readonly #acting: Acting;

  constructor(inner: Evaluation, acting: Acting) {
    this.#inner = inner;
    this.#acting = acting;
  }

  load: Evaluation["load"] = (model) => this.#inner.load(model);
  stateAt: Evaluation["stateAt"] = (payload, packs) => this.#inner.stateAt(payload, packs);

  async check(...args: Parameters<Evaluation["check"]>): Promise<Verdict> {
    const verdict = await this.#inner.check(...args);
    return this.#acting.judge?.(verdict, args[0].input.residuesRoot) ?? verdict;
  }

  async evaluate(...args: Parameters<Evaluation["evaluate"]>): Promise<Evaluated> {
    const evaluated = await this.#inner.evaluate(...args);
    return { ...evaluated, result: this.#acting.lie?.(evaluated.result, args[0].request) ?? evaluated.result };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#inner[Symbol.asyncDispose]());
  }
}

/**
 * A member of a fleet that acts as it is told, and rightly as long as it is told nothing.
 *
 * @param evaluation what it acts around; worker threads when omitted
 */
export function actingMember(
  acting: Acting,
  evaluation: (options: WorkerPoolOptions) => Evaluation = (options) => new WorkerPool(options),
): FleetMember {
  return {
    account: (key) => new ActingWallet(key, acting),
    evaluation: (options) => new ActingEvaluation(evaluation(options), acting),
  };
}

/** The same wrong result wherever it is told: the right one with its last byte changed. */
export function wrongResult(result: Uint8Array): Uint8Array {
  return result.with(result.length - 1, result[result.length - 1] ^ 1);
}
