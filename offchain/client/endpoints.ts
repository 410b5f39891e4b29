/** Which blob stores are asked: those the person named first, then those the chain names. */
import { getNode } from "../chain/nodes.ts";
import type { InferenceRequest } from "../chain/types.ts";
import { endpointUrl } from "../storage/endpoint.ts";
import { HttpStore } from "../storage/http-store.ts";
import { usableEndpoints } from "../storage/stated-endpoints.ts";
import { noEndpoint } from "./errors.ts";
import type { ClientContext, ReadContext } from "./types.ts";

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

/** Stores of the nodes that answered a request, for a result that is a blob; whatever a node serves now, it serves what it answered. */
export async function resultEndpoints(
  context: Pick<ClientContext, "provider" | "endpoints" | "deployment">,
  { result, duties }: Pick<InferenceRequest, "result" | "duties">,
): Promise<string[]> {
  if (result?.kind !== 1) return [];
  const { provider, deployment } = context;
  const answered = duties.filter(({ state }) => state !== "none" && state !== "missed" && state !== "declined");
  const nodes = await Promise.all(answered.map(({ node }) => getNode(provider, deployment.contracts, node)));
  return endpointsOf(
    context,
    nodes.flatMap((node) => (node === undefined ? [] : [node.endpoint])),
  );
}
