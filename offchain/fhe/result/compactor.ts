import { concatBytes } from "../../digest/bytes.ts";
import type { Compactor, EncryptedOutput } from "../engine/engine.ts";
import { compactResult } from "./compact-result.ts";
import { switchArithmetic } from "./kernel-arithmetic.ts";
import type { MaskContext } from "./mask-context.ts";
import type { CompactPublicKey, SwitchKey } from "./opened-keys.ts";

/** What one run of a plan is masked with. */
export interface CompactorOptions {
  readonly switchKey: SwitchKey;
  readonly compactPublicKey: CompactPublicKey;
  /** What the run answers; the engine adds which output. */
  readonly context: Omit<MaskContext, "output">;
  /** The request's noise seed, 32 bytes. */
  readonly seed: Uint8Array;
}

/**
 * The compactor of one run, for an engine's `run`: masks, switches and packs each compact output under the user's keys.
 *
 * @throws as `compactResult`, when it is called
 */
export function createCompactor({ switchKey, compactPublicKey, context, seed }: CompactorOptions): Compactor {
  return async ({ params, c0, c1, ring, bits, period, output }) => {
    const mask = { ...context, output };
    const request = { params, c0, c1, ring, bits, period, switchKey, compactPublicKey, mask, seed };
    return compactResult(request, await switchArithmetic(params));
  };
}

/**
 * What is posted of a run: its compact results, in the order of the plan's outputs.
 *
 * @throws TypeError when an output is none
 */
export function compactBytesOf(outputs: readonly EncryptedOutput[]): Uint8Array {
  return concatBytes(
    ...outputs.map((output) => {
      if (output.kind !== "compact") throw new TypeError("the plan makes no compact result");
      return output.bytes;
    }),
  );
}
