/** One user's keys in a kernel's memory, exactly those a plan needs, at the levels it needs them. */
import { release } from "../../digest/release.ts";
import type { KeyPack } from "../ckks/key-pack.ts";
import { pauser } from "../ckks/pause.ts";
import { expandSwitchingKey } from "../ckks/switching-key.ts";
import type { Expander } from "../kernel/expander.ts";
import { expandWith } from "../kernel/expand-polynomial.ts";
import type { SwitchKey } from "../kernel/handles.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Owner } from "../kernel/owner.ts";
import type { Plan } from "../plan/plan.ts";
import type { WorkOptions } from "./engine.ts";
import { serveNeeds, usableKey, type HeldKey } from "./served-keys.ts";
import { limbsOf } from "./simd-constants.ts";

/** Keys by use. Each throws `KeyMissingError` when the key is not there or was loaded for lower levels only. */
export interface SimdKeys {
  galois(element: number, level: number): SwitchKey;
  relinearisation(level: number): SwitchKey;
}

/** Where keys are made ready. */
export interface KeyWorkshop {
  readonly kernel: Kernel;
  readonly expander: Expander;
}

/**
 * Checks that the packs serve a plan's needs and loads those keys.
 *
 * @param owner owns the keys
 * @param plan its needs of the small ring are only looked for: they are the compactor's
 * @param packs checked by `parsePack`, all of one key set
 * @throws KeyPackError when the packs are of several key sets or of another parameter set than the plan
 * @throws KeyMissingError when a need is not served
 * @throws the signal's reason when aborted
 */
export async function openSimdKeys(
  { kernel, expander }: KeyWorkshop,
  owner: Owner,
  { params, keys: needs }: Pick<Plan, "params" | "keys">,
  packs: readonly KeyPack[],
  { signal, onProgress }: WorkOptions = {},
): Promise<SimdKeys> {
  const expand = expandWith(expander);
  const served = serveNeeds(params, needs, packs);
  const galois = new Map<number, HeldKey<SwitchKey>>();
  let relin: HeldKey<SwitchKey> | undefined;
  const pause = pauser(signal);
  for (const [index, { need, packed }] of served.entries()) {
    await pause();
    if (need.kind === "galois" || need.kind === "relin") {
      const { level } = need;
      const element = need.kind === "galois" ? need.element : 0;
      const expanded = [...expandSwitchingKey(packed.body, packed, params, packs[0].keySetId, level, expand)];
      const digits = expanded.map(({ b, a }) => ({ b: limbsOf(b, params.n), a: limbsOf(a, params.n) }));
      const held = { level, key: kernel.importKey(owner, element, level, digits) };
      for (const { b, a } of expanded) [b, a].forEach(release);
      if (need.kind === "relin") relin = held;
      else galois.set(element, held);
    }
    onProgress?.(index + 1, needs.length);
  }
  return {
    galois: (element, level) => usableKey(galois.get(element), level, `a Galois key for ${element}`),
    relinearisation: (level) => usableKey(relin, level, "a relinearisation key"),
  };
}
