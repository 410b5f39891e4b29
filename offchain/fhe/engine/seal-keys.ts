/** One user's keys as node-seal objects, exactly those a plan needs, at the levels it needs them. */
import type { GaloisKeys, RelinKeys } from "node-seal";
import type { KeyNeed } from "../ckks/key-need.ts";
import type { KeyPack } from "../ckks/key-pack.ts";
import { pauser } from "../ckks/pause.ts";
import { expandSwitchingKey } from "../ckks/switching-key.ts";
import { fastestExpansion } from "../kernel/expand-polynomial.ts";
import type { WorkOptions } from "./engine.ts";
import { loadGaloisKey, loadRelinearisationKey } from "./seal-codec.ts";
import type { SealSession } from "./seal-context.ts";
import type { SealScope } from "./seal-handles.ts";
import { serveNeeds, usableKey, type HeldKey } from "./served-keys.ts";

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
  const served = serveNeeds(session.params, needs, packs);
  const galois = new Map<number, HeldKey<GaloisKeys>>();
  let relin: HeldKey<RelinKeys> | undefined;
  const pause = pauser(signal);
  const expand = await fastestExpansion();
  for (const [index, { need, packed }] of served.entries()) {
    await pause();
    if (need.kind === "galois" || need.kind === "relin") {
      const { level } = need;
      const digits = expandSwitchingKey(packed.body, packed, session.params, packs[0].keySetId, level, expand);
      if (need.kind === "relin") relin = { level, key: owner.own(loadRelinearisationKey(session, level, digits)) };
      else galois.set(need.element, { level, key: owner.own(loadGaloisKey(session, need.element, level, digits)) });
    }
    onProgress?.(index + 1, needs.length);
  }
  return {
    galois(element, level) {
      return usableKey(galois.get(element), level, `a Galois key for ${element}`);
    },
    relinearisation(level) {
      return usableKey(relin, level, "a relinearisation key");
    },
  };
}
