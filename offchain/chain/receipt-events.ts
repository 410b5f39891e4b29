import { type Interface, type LogDescription, type Result, type TransactionReceipt } from "ethers";

import { CloakworkError } from "../errors.ts";
import type { Hex } from "./types.ts";

/** Thrown when a transaction succeeded without the event it must emit: the address is not the contract it should be. */
export class EventMissingError extends CloakworkError {
  constructor(event: string, address: string) {
    super(
      "EVENT_MISSING",
      `The transaction to ${address} succeeded but did not report ${event}.`,
      "Check that the deployment file belongs to this chain, then try again.",
    );
  }
}

/**
 * The arguments of the first event of a name that a contract emitted in a transaction.
 *
 * @throws EventMissingError when there is none
 */
export function eventIn(receipt: TransactionReceipt, address: Hex, contract: Interface, name: string): Result {
  for (const log of receipt.logs) {
    if (log.address.toLowerCase() !== address.toLowerCase()) continue;
    const parsed: LogDescription | null = contract.parseLog(log);
    if (parsed?.name === name) return parsed.args;
  }
  throw new EventMissingError(name, address);
}
