/**
 * Leaves room in the gas of what a node sends. Between estimate and block others act on the same request, and whoever commits or reveals last opens or counts the
 * rest: what was estimated for one of many may end up being the last, which takes more. Gas not used costs nothing.
 */
import { AbstractSigner, type Provider, type Signer, type TransactionRequest, type TransactionResponse } from "ethers";

/** Gas of opening reveals, of counting them, of ending a dispute: the most that may come on top. */
const ROOM = 400_000n;
/** Most gas a transaction may take (EIP-7825). */
const MOST = 16_777_216n;

/** Sends through another signer, with room. */
export class RoomySigner extends AbstractSigner {
  readonly #inner: Signer;

  constructor(inner: Signer) {
    super(inner.provider);
    this.#inner = inner;
  }

  override getAddress(): Promise<string> {
    return this.#inner.getAddress();
  }

  override connect(provider: Provider | null): RoomySigner {
    return new RoomySigner(this.#inner.connect(provider));
  }

  /** @throws what the estimate throws: a call that would revert is not sent */
  override async sendTransaction(transaction: TransactionRequest): Promise<TransactionResponse> {
    const estimate = await this.#inner.estimateGas(transaction);
    const withRoom = estimate + ROOM;
    // What is above the limit by itself is for the chain to refuse.
    const gasLimit = withRoom < MOST || estimate > MOST ? withRoom : MOST;
    return await this.#inner.sendTransaction({ ...transaction, gasLimit });
  }

  override signTransaction(transaction: TransactionRequest): Promise<string> {
    return this.#inner.signTransaction(transaction);
  }

  override signMessage(message: string | Uint8Array): Promise<string> {
    return this.#inner.signMessage(message);
  }

  override signTypedData(...typed: Parameters<Signer["signTypedData"]>): Promise<string> {
    return this.#inner.signTypedData(...typed);
  }
}
