/** One user's keys as node-seal objects, exactly those a plan needs, at the levels it needs them. */
import type { GaloisKeys, RelinKeys } from "node-seal";
import { equalParams } from "../ckks/parameters.ts";
import { covers, entryOf, type KeyEntry, type KeyNeed } from "../ckks/key-need.ts";
import { KeyMissingError, KeyPackError } from "../ckks/key-pack-error.ts";
import type { KeyPack, PackedKey } from "../ckks/key-pack.ts";
import { pauser } from "../ckks/pause.ts";
import { expandSwitchingKey } from "../ckks/switching-key.ts";
import type { WorkOptions } from "./engine.ts";
import { loadGaloisKey, loadRelinearisationKey } from "./seal-codec.ts";
import type { SealSession } from "./seal-context.ts";
import type { SealScope } from "./seal-handles.ts";

/** Keys by use. Each throws `KeyMissingError` when the key is not there or was loaded for lower levels only. */
export interface SealKeys {
  galois(element: number, level: number): GaloisKeys;
  relinearisation(level: number): RelinKeys;
}

/**
 * Checks that the packs serve the needs and loads those keys.
 *
 * @param owner owns the keys
 * @param needs those of the small ring are only looked for: they are the compactor's
 * @param packs checked by `parsePack`, all of one key set
 * @throws KeyPackError when the packs are of several key sets or of another parameter set than the plan
 * @throws KeyMissingError when a need is not served
 */
export async function openSealKeys(
  owner: SealScope,
  session: SealSession,
  needs: readonly KeyNeed[],
  packs: readonly KeyPack[],
  { signal, onProgress }: WorkOptions = {},
): Promise<SealKeys> {
  checkPacks(session, packs);
  const galois = new Map<number, { level: number; key: GaloisKeys }>();
  let relin: { level: number; key: RelinKeys } | undefined;
  const pause = pauser(signal);
  const served = needs.map((need) => ({ need, packed: findKey(packs, entryOf(need)) }));
  for (const [index, { need, packed }] of served.entries()) {
    await pause();
    if (need.kind === "galois" || need.kind === "relin") {
      const { level } = need;
      const digits = expandSwitchingKey(packed.body, packed, session.params, packs[0].keySetId, level);
      if (need.kind === "relin") relin = { level, key: owner.own(loadRelinearisationKey(session, level, digits)) };
      else galois.set(need.element, { level, key: owner.own(loadGaloisKey(session, need.element, level, digits)) });
    }
    onProgress?.(index + 1, needs.length);
  }
  return {
    galois(element, level) {
      return usable(galois.get(element), level, `a Galois key for ${element}`);
    },
    relinearisation(level) {
      return usable(relin, level, "a relinearisation key");
    },
  };
}

function usable<T>(held: { readonly level: number; readonly key: T } | undefined, level: number, what: string): T {
  // SEAL 4.1 does not check the number of digits and would read past their end.
  if (held === undefined || held.level < level) throw new KeyMissingError(`${what} at level ${level}`);
  return held.key;
}

function checkPacks({ params }: SealSession, packs: readonly KeyPack[]): void {
  for (const pack of packs) {
    if (!equalParams(pack.params, params))
      throw new KeyPackError("PACK_PARAMS", `it is not of the parameter set ${params.id}`);
    if (pack.keySetId !== packs[0].keySetId)
      throw new KeyPackError("PACK_KEY_SET", "packs of two key sets were given together");
  }
}

function findKey(packs: readonly KeyPack[], wanted: KeyEntry): PackedKey {
  const found = packs.flatMap(({ keys }) => keys).find((key) => covers(key, wanted));
  if (found !== undefined) return found;
  throw new KeyMissingError(`a key of kind ${wanted.kind} for ${wanted.element} at level ${wanted.level}`);
}
