import type { Provider } from "ethers";

import { call } from "./call.ts";
import { INTERFACES } from "./contracts.ts";
import type { Deployment, Hex, NodeStanding } from "./types.ts";

/**
 * What a node's declines come to, model by model.
 *
 * @returns of the models it ever served, those where there is something to say: a row of counted declines, or a suspension, over or not; in
 * order of their ids
 * @throws CloakworkError when the chain cannot be asked
 */
export async function getStandings(
  provider: Provider,
  { contracts, fromBlock }: Pick<Deployment, "contracts" | "fromBlock">,
  node: Hex,
): Promise<readonly NodeStanding[]> {
  const access = INTERFACES.modelAccess;
  const topics = access.encodeFilterTopics("Joined", [null, null, node]);
  const logs = await provider.getLogs({ address: contracts.modelAccess, fromBlock, topics });
  const served = new Set(logs.map((log) => access.decodeEventLog("Joined", log.data, log.topics).modelId as bigint));
  const standings: NodeStanding[] = [];
  for (const modelId of [...served].sort((a, b) => Number(a - b))) {
    const [standing] = await call(provider, contracts, "nodeRegistry", "standingOf", [node, modelId]);
    const { suspendedUntil, declines } = standing as { suspendedUntil: bigint; declines: bigint };
    if (suspendedUntil === 0n && declines === 0n) continue;
    standings.push({ modelId, suspendedUntil: Number(suspendedUntil), declines: Number(declines) });
  }
  return standings;
}
