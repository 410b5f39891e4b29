import { expect } from "chai";
import { Wallet, type TransactionRequest, type TransactionResponse } from "ethers";

import { RoomySigner } from "../../../offchain/node/roomy-signer.ts";

/** An account that records what it is to send, on a chain that estimates what it is told to. */
class Recorder extends Wallet {
  readonly sent: TransactionRequest[] = [];
  readonly #estimate: bigint;

  constructor(estimate: bigint) {
    super(`0x${"11".repeat(32)}`);
    this.#estimate = estimate;
  }

  override estimateGas(): Promise<bigint> {
    return this.#estimate < 0n ? Promise.reject(new Error("would revert")) : Promise.resolve(this.#estimate);
  }

  override sendTransaction(transaction: TransactionRequest): Promise<TransactionResponse> {
    this.sent.push(transaction);
    return Promise.reject(new Error("recorded"));
  }
}

describe("the gas of what a node sends", () => {
  const call = { to: `0x${"22".repeat(20)}`, data: "0x1234", value: 7n };
  const sendThrough = (account: Wallet): Promise<unknown> =>
    new RoomySigner(account).sendTransaction(call).catch((error: unknown) => (error as Error).message);

  it("has room for being the last of several, which takes more than was estimated", async () => {
    const account = new Recorder(80_000n);
    await sendThrough(account);
    expect(account.sent).to.deep.equal([{ ...call, gasLimit: 480_000n }]);
  });

  it("stays within what a transaction may take", async () => {
    const account = new Recorder(16_700_000n);
    await sendThrough(account);
    expect(account.sent[0].gasLimit).to.equal(16_777_216n);
  });

  it("is not asked for where the call would revert: nothing is sent", async () => {
    const account = new Recorder(-1n);
    expect(await sendThrough(account)).to.equal("would revert");
    expect(account.sent).to.deep.equal([]);
  });

  it("is sent from the same account", async () => {
    const account = new Recorder(1n);
    expect(await new RoomySigner(account).getAddress()).to.equal(account.address);
  });
});
