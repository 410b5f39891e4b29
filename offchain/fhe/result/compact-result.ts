import type { ParameterSet } from "../ckks/parameters.ts";
import { writeCompact } from "./compact-format.ts";
import { CompactKeyError } from "./errors.ts";
import { applyMask, maskStreamKey, sampleMask } from "./mask.ts";
import { contextDigest, type MaskContext } from "./mask-context.ts";
import { switchToBits } from "./modulus-switch.ts";
import type { CompactPublicKey, SwitchKey } from "./opened-keys.ts";
import { switchRing } from "./ring-switch.ts";
import type { CompactShape } from "./shape.ts";
import type { SwitchArithmetic } from "./switch-arithmetic.ts";

/** What a compact result is made from. */
export interface CompactRequest extends CompactShape {
  readonly params: ParameterSet;
  /** First component at level 1: N residues modulo the first data prime, NTT form. Not changed. */
  readonly c0: Uint32Array;
  /** Second component, as the first. */
  readonly c1: Uint32Array;
  readonly switchKey: SwitchKey;
  readonly compactPublicKey: CompactPublicKey;
  /** What the result answers. */
  readonly mask: MaskContext;
  /** The request's noise seed, 32 bytes, secret from the user. */
  readonly seed: Uint8Array;
}

/**
 * Cuts a level-1 ciphertext down to a masked compact result (docs/spec/compact-1.md). Integers only: the same request gives the same bytes on every
 * machine.
 *
 * @param arithmetic how the ring is switched; in plain functions when omitted
 * @returns the result as it is posted, 2,152 bytes at 16 bits and period 16
 * @throws CompactKeyError when the keys belong to another parameter set or key set
 * @throws CompactResultError when compact-1 has no such shape
 * @throws RangeError when the residues or the seed are malformed
 */
export function compactResult(request: CompactRequest, arithmetic?: SwitchArithmetic): Uint8Array<ArrayBuffer> {
  const { switchKey, compactPublicKey, mask, ring, bits, period } = request;
  if (switchKey.params.n !== request.params.n || switchKey.params.data[0] !== request.params.data[0]) {
    throw new CompactKeyError("the small switch key belongs to another parameter set");
  }
  if (switchKey.keySet !== mask.keySet || compactPublicKey.keySet !== mask.keySet) {
    throw new CompactKeyError("it belongs to another key set than the request");
  }
  const shape = { ring, bits, period };
  const ciphertext = switchRing(request.c0, request.c1, switchKey, shape, arithmetic);
  const context = contextDigest(mask, shape);
  const sample = sampleMask(maskStreamKey(request.seed, context, ciphertext), shape);
  const masked = applyMask(ciphertext, compactPublicKey, sample);
  return writeCompact({ shape, context, c0: switchToBits(masked.t0, bits), c1: switchToBits(masked.t1, bits) });
}
