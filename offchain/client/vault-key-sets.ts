/** The wallet's key sets as its vault keeps them. Every change is one whole write, made on what stands there. */
import type { Deployment, Hex } from "../chain/types.ts";
import type { Bytes32 } from "../digest/hex.ts";
import { paramsDigest, type ParameterSet } from "../fhe/ckks/parameters.ts";
import { newKeySet } from "./key-secrets.ts";
import type { StoredKeySet, StoredPack, VaultContents } from "./vault/contents.ts";
import type { Vault } from "./vault/vault.ts";

/**
 * The key sets of an account and parameter set, newest first.
 *
 * @param owner in any case
 */
export async function ownKeySets(vault: Vault, owner: Hex, params: ParameterSet): Promise<StoredKeySet[]> {
  const account = owner.toLowerCase();
  const digest = paramsDigest(params);
  return (await vault.contents()).keySets
    .filter((keySet) => keySet.owner === account && keySet.paramsDigest === digest)
    .sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/**
 * Puts a new key set into the vault, unless another tab or process just put one there: then that one is used.
 *
 * @param known ids of the sets that are of no use any more
 */
export async function createKeySet(
  vault: Vault,
  owner: Hex,
  params: ParameterSet,
  known: readonly Bytes32[],
): Promise<StoredKeySet> {
  const fresh = newKeySet(owner, params);
  let chosen = fresh;
  await vault.update((contents) => {
    const other = contents.keySets.find(
      (keySet) =>
        !known.includes(keySet.id) && keySet.owner === fresh.owner && keySet.paramsDigest === fresh.paramsDigest,
    );
    chosen = other ?? fresh;
    return other ? contents : { ...contents, keySets: [...contents.keySets, fresh] };
  });
  return chosen;
}

/**
 * Remembers a pack of a key set.
 *
 * @returns all packs of the set
 */
export async function addPack(vault: Vault, id: Bytes32, pack: StoredPack): Promise<readonly StoredPack[]> {
  const { keySets } = await vault.update((contents) =>
    changed(contents, id, (keySet) =>
      keySet.packs.some(({ root }) => root === pack.root) ? keySet : { ...keySet, packs: [...keySet.packs, pack] },
    ),
  );
  return keySets.find((keySet) => keySet.id === id)?.packs ?? [];
}

/** Remembers that a key set stands in a deployment's registry. */
export async function markRegistered(vault: Vault, id: Bytes32, { chainId, contracts }: Deployment): Promise<void> {
  const place = `${chainId}:${contracts.keyRegistry.toLowerCase()}`;
  const { keySets } = await vault.contents();
  if (keySets.find((keySet) => keySet.id === id)?.registered.includes(place)) return;
  await vault.update((contents) =>
    changed(contents, id, (keySet) =>
      keySet.registered.includes(place) ? keySet : { ...keySet, registered: [...keySet.registered, place] },
    ),
  );
}

function changed(contents: VaultContents, id: Bytes32, change: (keySet: StoredKeySet) => StoredKeySet): VaultContents {
  return { ...contents, keySets: contents.keySets.map((keySet) => (keySet.id === id ? change(keySet) : keySet)) };
}
