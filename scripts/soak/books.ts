/** Whether every wei is accounted for, when no request is under way any more. */
import { call } from "../../offchain/chain/call.ts";
import { getChallenges } from "../../offchain/chain/disputes.ts";
import { getNode } from "../../offchain/chain/nodes.ts";
import { ETHER, type Hex } from "../../offchain/chain/types.ts";
import type { Fleet } from "../network/fleet.ts";

/**
 * The wei by which the books are off: the vault against the sum of all balances and what was burned; the hub's balance against what models set aside for
 * audits; the registry's against the stakes; the disputes' against the bonds of challenges nobody closed; bonds that are still locked.
 *
 * @param accounts everybody who may hold a balance beside the contracts
 * @param requests how many there were
 */
export async function weiOff(
  { provider, deployment, nodes }: Fleet,
  modelId: bigint,
  accounts: readonly Hex[],
  requests: bigint,
  challengeBond: bigint,
): Promise<bigint> {
  const { contracts } = deployment;
  const read = async (name: "balances" | "hub", method: string, args: readonly unknown[]): Promise<bigint> =>
    (await call(provider, contracts, name, method, args))[0] as bigint;
  const balanceOf = (account: Hex): Promise<bigint> => read("balances", "balanceOf", [ETHER, account]);
  const { hub, nodeRegistry, disputes, callbacks } = contracts;
  const held = await Promise.all([...accounts, hub, nodeRegistry, disputes, callbacks].map(balanceOf));
  const total = held.reduce((sum, one) => sum + one, await read("balances", "burnedOf", [ETHER]));
  const vault = (await provider.getBalance(contracts.balances)) - total;

  const set = (await balanceOf(hub)) - (await read("hub", "auditPoolOf", [modelId, ETHER]));
  const infos = await Promise.all(nodes.map(({ address }) => getNode(provider, contracts, address)));
  const staked = infos.reduce((sum, info) => sum + (info?.stake ?? 0n), 0n);
  const locked = infos.reduce((sum, info) => sum + (info?.locked ?? 0n), 0n);
  let open = 0n;
  for (let id = 1n; id <= requests; id++) {
    const challenges = await getChallenges(provider, contracts, id);
    open += BigInt(challenges.filter(({ closed }) => !closed).length);
  }
  const bonds = (await balanceOf(disputes)) - open * challengeBond;
  return [vault, set, (await balanceOf(nodeRegistry)) - staked, bonds, locked].reduce(
    (sum, one) => sum + (one < 0n ? -one : one),
    0n,
  );
}
