/**
 * What a request costs in gas, measured on warm contracts: one node serves, everybody has been paid before. test/offchain/cli/report/gas.test.ts holds these figures beside the snapshot the
 * contracts' own test keeps, test/contracts/gas.json.
 */
import { MAX_INLINE_BYTES } from "../../chain/types.ts";

/** Gas of the calls whose cost does not depend on the result. */
export const CALL_GAS = { request: 210_295, assign: 120_856, accept: 38_204, settle: 90_786 } as const;

/** Gas of `post` by bytes of an inline result: calldata, memory, log and hashing. Between two sizes it is taken for linear. */
const POST_GAS: readonly (readonly [bytes: number, gas: number])[] = [
  [512, 102_019],
  [1_024, 114_703],
  [2_112, 145_428],
  [4_096, 196_014],
  [MAX_INLINE_BYTES, 351_230],
];

/** Gas of `post` with the digest of a blob. */
const POST_BLOB_GAS = 87_534;

export interface GasEstimate {
  /** What the user's own transaction takes. */
  readonly request: number;
  /** What the node's transactions take. */
  readonly node: number;
  /** All calls from request to settlement. */
  readonly total: number;
  /** Whether the result stands on chain, or its digest alone. */
  readonly inline: boolean;
}

/**
 * Gas of one request, replicas and disputes left out.
 *
 * @param resultBytes of all outputs
 */
export function estimateGas(resultBytes: number): GasEstimate {
  const { request, assign, accept, settle } = CALL_GAS;
  const inline = resultBytes <= MAX_INLINE_BYTES;
  const node = accept + (inline ? postGas(resultBytes) : POST_BLOB_GAS);
  return { request, node, total: request + assign + node + settle, inline };
}

/** Gas of posting an inline result. */
export function postGas(bytes: number): number {
  const next = Math.max(
    1,
    POST_GAS.findIndex(([size]) => size >= bytes),
  );
  const [[from, low], [to, high]] = [POST_GAS[next - 1], POST_GAS[next]];
  return Math.round(low + ((high - low) * (bytes - from)) / (to - from));
}
