import { CloakworkError } from "../../offchain/errors.ts";
import { getKeySet } from "../../offchain/chain/keys.ts";
import type { ReadContext } from "../../offchain/client/types.ts";
import type { StoredKeySet, VaultContents } from "../../offchain/client/vault/contents.ts";
import type { KeySetRow } from "../lib/key-set-row.ts";

/** What the page may know of the key sets in the vault, newest first: how the chain has them, and nothing of their secrets. */
export async function keySetRows({ keySets }: VaultContents, context: ReadContext): Promise<KeySetRow[]> {
  const newest = [...keySets].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  return Promise.all(
    newest.map(async (stored) => ({
      id: stored.id,
      owner: stored.owner,
      paramsId: stored.paramsId,
      createdAt: stored.createdAt,
      packs: stored.packs.length,
      bytes: stored.packs.reduce((sum, { size }) => sum + size, 0),
      state: await stateOf(stored, context),
    })),
  );
}

async function stateOf({ id }: StoredKeySet, { provider, deployment }: ReadContext): Promise<KeySetRow["state"]> {
  try {
    const { revoked } = await getKeySet(provider, deployment.contracts, id);
    return revoked ? "revoked" : "in use";
  } catch (error) {
    return error instanceof CloakworkError && error.code === "KEY_REGISTRY_UNKNOWN_KEY_SET"
      ? "unregistered"
      : "unknown";
  }
}
