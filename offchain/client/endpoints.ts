/** Which blob stores are asked: those the person named first, then those the chain names. */
import { endpointUrl } from "../storage/endpoint.ts";
import { HttpStore } from "../storage/http-store.ts";
import { usableEndpoints } from "../storage/stated-endpoints.ts";
import { noEndpoint } from "./errors.ts";
import type { ReadContext } from "./types.ts";

/**
 * The stores to ask, each once.
 *
 * @param fromChain as the chain states them
 */
export function endpointsOf(
  context: Pick<ReadContext, "endpoints" | "deployment">,
  fromChain: readonly string[],
): string[] {
  return [
    ...new Set([...context.endpoints.map(endpointUrl), ...usableEndpoints(fromChain, context.deployment.chainId)]),
  ];
}

/**
 * One store over all of them.
 *
 * @param what is fetched, for the error
 * @throws ClientError `NO_ENDPOINT`
 */
export function storeAt(endpoints: readonly string[], what: string): HttpStore {
  if (endpoints.length === 0) throw noEndpoint(what);
  return new HttpStore({ endpoints });
}
