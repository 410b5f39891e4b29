import { concatBytes } from "../../digest/bytes.ts";
import { fromHex } from "../../digest/hex.ts";
import { sha256 } from "../../digest/sha256.ts";
import type { MaskContext } from "./mask-context.ts";
import { unsigned } from "./unsigned.ts";

/** What a batch result answers: all outputs of a plan at once. */
export type BatchContext = Omit<MaskContext, "output">;

/** Shape of a batch result. */
export interface BatchShape {
  /** Ring degree N. */
  readonly n: number;
  /** Bits T of a published coefficient of c1. */
  readonly bits: number;
  /** Outputs of the plan. */
  readonly outputs: number;
}

const DOMAIN = new TextEncoder().encode("cloakwork/batch/context/1");

/**
 * The digest of a context (docs/spec/batch-1.md, section 4): public, and in the header of the result.
 *
 * @returns 32 bytes
 * @throws HexFormatError when a digest or the address is malformed
 * @throws RangeError when a number does not fit its field
 */
export function batchContextDigest(context: BatchContext, { n, bits, outputs }: BatchShape): Uint8Array<ArrayBuffer> {
  return sha256(
    concatBytes(
      DOMAIN,
      unsigned(context.chainId, 32),
      fromHex(context.hub, 20),
      unsigned(context.request, 32),
      fromHex(context.plan, 32),
      fromHex(context.keySet, 32),
      unsigned(BigInt(context.inputs.length), 4),
      ...context.inputs.map((root) => fromHex(root, 32)),
      ...[n, bits, outputs].map((value) => unsigned(BigInt(value), 4)),
    ),
  );
}
