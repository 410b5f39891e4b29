/** Lets a wallet that lives elsewhere, in a page or behind a key file, sign for the functions of `chain/`. */
import {
  AbstractSigner,
  resolveAddress,
  resolveProperties,
  toBeHex,
  TypedDataEncoder,
  type Provider,
  type TransactionRequest,
  type TransactionResponse,
  type TypedDataDomain,
  type TypedDataField,
} from "ethers";

import { ChainError } from "../chain/contract-errors.ts";
import type { Hex } from "../chain/types.ts";
import type { WalletPort, WalletTypedData } from "./types.ts";

/** How often and how long the chain is asked for a transaction the wallet says it sent. */
const LOOK_MS = 250;
const LOOKS = 120;

export interface WalletSignerOptions {
  /** The chain everything is on. */
  readonly chainId: number;
  /** Awaited with a transaction's hash as soon as the wallet gives it, before anything else can fail. */
  readonly onSent?: (hash: Hex) => Promise<void> | void;
  /** Told just before the wallet is asked: from here on a transaction may exist. */
  readonly onAsk?: () => void;
}

/** Sends transactions and signs typed data; bare transactions and messages are refused. */
export class WalletSigner extends AbstractSigner<Provider> {
  readonly #port: WalletPort;
  readonly #options: WalletSignerOptions;

  /** @param provider where gas is estimated and receipts are read */
  constructor(port: WalletPort, provider: Provider, options: WalletSignerOptions) {
    super(provider);
    this.#port = port;
    this.#options = options;
  }

  override getAddress(): Promise<string> {
    return Promise.resolve(this.#port.address);
  }

  override connect(provider: Provider | null): WalletSigner {
    return new WalletSigner(this.#port, provider ?? this.provider, this.#options);
  }

  /**
   * Estimates, so that a call that would revert is refused before the wallet is asked; then asks the wallet.
   *
   * @throws ChainError `WRONG_CHAIN`, `TRANSACTION_UNSEEN`, what the wallet throws
   */
  override async sendTransaction(request: TransactionRequest): Promise<TransactionResponse> {
    const { to, data = "0x", value = 0n } = await resolveProperties(request);
    if (to === null || to === undefined) throw new TypeError("a transaction needs a contract to go to");
    await this.#onItsChain();
    const transaction = {
      chainId: this.#options.chainId,
      from: this.#port.address,
      to: (await resolveAddress(to, this.provider)) as Hex,
      data: data as Hex,
      value: BigInt(value ?? 0n),
    };
    await this.provider.estimateGas({ ...transaction, value: toBeHex(transaction.value) });
    const before = await this.provider.getBlockNumber();
    this.#options.onAsk?.();
    const hash = await this.#port.sendTransaction(transaction);
    await this.#options.onSent?.(hash);
    return (await this.#seen(hash)).replaceableTransaction(before);
  }

  /** The chain may learn of a transaction a little after the wallet does. */
  async #seen(hash: Hex): Promise<TransactionResponse> {
    for (let look = 0; look < LOOKS; look++) {
      const response = await this.provider.getTransaction(hash);
      if (response !== null) return response;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    throw new ChainError(
      "TRANSACTION_UNSEEN",
      `The wallet sent transaction ${hash}, but the chain's endpoint does not know it yet.`,
      "Look at the wallet; once the transaction is mined, continue from the list of requests.",
    );
  }

  override signTransaction(): Promise<string> {
    return refused();
  }

  override signMessage(): Promise<string> {
    return refused();
  }

  /** @throws ChainError `WRONG_CHAIN`, what the wallet throws */
  override async signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    value: Record<string, unknown>,
  ): Promise<string> {
    await this.#onItsChain();
    return await this.#port.signTypedData(TypedDataEncoder.getPayload(domain, types, value) as WalletTypedData);
  }

  /** Wallets sign typed data of the chain they are on only, and would send a transaction there. */
  async #onItsChain(): Promise<void> {
    const { chainId } = this.#options;
    const found = await this.#port.chainId();
    if (found === chainId) return;
    throw new ChainError(
      "WRONG_CHAIN",
      `The wallet is on chain ${found}, and this is on chain ${chainId}; nothing was sent.`,
      "Switch the wallet to the right network and try again.",
    );
  }
}

function refused(): Promise<never> {
  return Promise.reject(new TypeError("this signer sends transactions and signs typed data, and nothing else"));
}
