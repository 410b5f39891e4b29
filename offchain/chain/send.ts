import type { Signer, TransactionReceipt } from "ethers";

import { decodeContractError } from "./contract-errors.ts";
import { contractAt } from "./contracts.ts";
import type { DeployedContracts, Hex } from "./types.ts";

/** A transaction in a block. */
export interface Mined {
  readonly hash: Hex;
  readonly blockNumber: number;
  readonly gasUsed: bigint;
  /** Wei paid for gas. */
  readonly gasCost: bigint;
}

/** A transaction the network has taken. Signed and sent; `wait` tells how it ended. */
export interface Sent<T extends object = object> {
  readonly hash: Hex;
  /**
   * Waits until the transaction is in a block.
   *
   * @param confirmations blocks wanted, that block included; 1 when omitted
   * @throws CloakworkError when it was reverted, replaced or lost
   */
  readonly wait: (confirmations?: number) => Promise<T & Mined>;
}

/** What to send and what to read out of its receipt. */
export interface Transaction<T extends object> {
  readonly contract: keyof DeployedContracts;
  readonly method: string;
  readonly args: readonly unknown[];
  /** Wei sent along. */
  readonly value?: bigint;
  /** Reads the outcome out of the receipt, e.g. an id from an event. */
  readonly outcome: (receipt: TransactionReceipt) => T;
}

/**
 * Signs and sends a transaction. The wallet is asked once; a call that would revert is refused before, with the contract's reason.
 *
 * @param signer who signs
 * @param contracts the deployment's addresses
 * @throws CloakworkError decoded by `decodeContractError`
 */
export async function send<T extends object>(
  signer: Signer,
  contracts: DeployedContracts,
  transaction: Transaction<T>,
): Promise<Sent<T>> {
  const { contract, method, args, value = 0n, outcome } = transaction;
  try {
    const sent = await contractAt(signer, contracts, contract)
      .getFunction(method)
      .send(...args, { value });
    return {
      hash: sent.hash as Hex,
      wait: async (confirmations = 1) => {
        try {
          const receipt = await sent.wait(confirmations);
          if (receipt === null) throw new Error("The transaction has no receipt.");
          return {
            ...outcome(receipt),
            hash: receipt.hash as Hex,
            blockNumber: receipt.blockNumber,
            gasUsed: receipt.gasUsed,
            gasCost: receipt.fee,
          };
        } catch (error) {
          throw decodeContractError(error);
        }
      },
    };
  } catch (error) {
    throw decodeContractError(error);
  }
}

/** The outcome of a transaction that has none but being done. */
export function nothing(): object {
  return {};
}
