/** What it costs to have several nodes evaluate the same request. */
import type { Quote } from "../../offchain/chain/types.ts";
import { REPLICAS, type Replicas } from "../../offchain/client/types.ts";

/**
 * The price for so many nodes, by the rule of the contract: each is paid the node fee, everything else is paid once. The contract has the last word: another
 * price is refused before anything is sent.
 *
 * @param single the price for one node
 */
export function priceFor(single: Quote, replicas: Replicas): Quote {
  return { ...single, total: single.total + single.nodeFee * BigInt(replicas - 1) };
}

/** The numbers of nodes that can be asked for while so many serve the model. */
export function possibleReplicas(serving: number): readonly Replicas[] {
  return REPLICAS.filter((count) => count <= Math.max(1, serving));
}
