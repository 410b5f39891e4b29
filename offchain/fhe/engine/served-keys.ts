import { covers, entryOf, type KeyEntry, type KeyNeed } from "../ckks/key-need.ts";
import { KeyMissingError, KeyPackError } from "../ckks/key-pack-error.ts";
import type { KeyPack, PackedKey } from "../ckks/key-pack.ts";
import { equalParams, type ParameterSet } from "../ckks/parameters.ts";

/** A need of a plan with the key that serves it. */
export interface ServedNeed {
  readonly need: KeyNeed;
  readonly packed: PackedKey;
}

/**
 * Finds in a user's packs the keys a plan needs.
 *
 * @param params the plan's parameter set
 * @param needs in the order they are returned in
 * @param packs checked by `parsePack`
 * @throws KeyPackError when the packs are of several key sets or of another parameter set
 * @throws KeyMissingError when a need is not served
 */
export function serveNeeds(params: ParameterSet, needs: readonly KeyNeed[], packs: readonly KeyPack[]): ServedNeed[] {
  for (const pack of packs) {
    if (!equalParams(pack.params, params))
      throw new KeyPackError("PACK_PARAMS", `it is not of the parameter set ${params.id}`);
    if (pack.keySetId !== packs[0].keySetId)
      throw new KeyPackError("PACK_KEY_SET", "packs of two key sets were given together");
  }
  return needs.map((need) => ({ need, packed: findKey(packs, entryOf(need)) }));
}

/** A key made ready, and the level it was made ready for. */
export interface HeldKey<K> {
  readonly level: number;
  readonly key: K;
}

/**
 * A key for a use.
 *
 * @param what names it, for people
 * @throws KeyMissingError when it is not there or was made ready for lower levels only: an engine would read past its digits
 */
export function usableKey<K>(held: HeldKey<K> | undefined, level: number, what: string): K {
  if (held === undefined || held.level < level) throw new KeyMissingError(`${what} at level ${level}`);
  return held.key;
}

function findKey(packs: readonly KeyPack[], wanted: KeyEntry): PackedKey {
  const found = packs.flatMap(({ keys }) => keys).find((key) => covers(key, wanted));
  if (found !== undefined) return found;
  throw new KeyMissingError(`a key of kind ${wanted.kind} for ${wanted.element} at level ${wanted.level}`);
}
