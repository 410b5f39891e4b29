import { concatBytes } from "../../digest/bytes.ts";
import { fromHex, type Bytes32, type Hex } from "../../digest/hex.ts";
import { sha256 } from "../../digest/sha256.ts";
import type { CompactShape } from "./shape.ts";
import { unsigned } from "./unsigned.ts";

/** What a compact result answers; its mask and its header are bound to all of it. */
export interface MaskContext {
  readonly chainId: bigint;
  /** Address of the InferenceHub, 20 bytes. */
  readonly hub: Hex;
  /** The request's number at that hub. */
  readonly request: bigint;
  /** Digest of the plan. */
  readonly plan: Bytes32;
  readonly keySet: Bytes32;
  /** Residue root of every input, in the plan's order. */
  readonly inputs: readonly Bytes32[];
  /** Index of the output in the plan. */
  readonly output: number;
}

const DOMAIN = new TextEncoder().encode("cloakwork/compact/context/1");

/**
 * The digest of a context (docs/spec/compact-1.md, section 4): public, and in the header of the result.
 *
 * @returns 32 bytes
 * @throws HexFormatError when a digest or the address is malformed
 * @throws RangeError when a number does not fit its field
 */
export function contextDigest(context: MaskContext, shape: CompactShape): Uint8Array<ArrayBuffer> {
  return sha256(
    concatBytes(
      DOMAIN,
      unsigned(context.chainId, 32),
      fromHex(context.hub, 20),
      unsigned(context.request, 32),
      fromHex(context.plan, 32),
      fromHex(context.keySet, 32),
      unsigned(BigInt(context.output), 4),
      unsigned(BigInt(context.inputs.length), 4),
      ...context.inputs.map((root) => fromHex(root, 32)),
      ...[shape.ring, shape.bits, shape.period].map((value) => unsigned(BigInt(value), 4)),
    ),
  );
}
