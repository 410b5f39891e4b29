import { distrusted, type Untrusted } from "../ckks/untrusted.ts";
import { CompactResultError } from "./errors.ts";
import { packBits, unpackBits } from "./pack-bits.ts";
import { checkShape, compactBytes, HEADER_BYTES, publishedCount, type CompactShape } from "./shape.ts";
import { SMALL_DEGREE } from "./small-ring.ts";

const MAGIC = Uint8Array.of(0x43, 0x57, 0x43, 0x52);
const VERSION = 1;
const CONTEXT_AT = 8;

/** A result as it is published: modulo 2^bits under the small secret. */
export interface CompactCiphertext {
  readonly shape: CompactShape;
  /** `contextDigest` of what it answers, 32 bytes. */
  readonly context: Uint8Array;
  /** 2·period coefficients in [0, 2^bits). */
  readonly c0: Uint32Array;
  /** 1,024 coefficients in [0, 2^bits). */
  readonly c1: Uint32Array;
}

/** Writes a result (docs/spec/compact-1.md, section 5). */
export function writeCompact({ shape, context, c0, c1 }: CompactCiphertext): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(compactBytes(shape));
  bytes.set(MAGIC);
  bytes.set([VERSION, Math.log2(shape.ring), shape.bits, Math.log2(shape.period)], 4);
  bytes.set(context, CONTEXT_AT);
  const coefficients = new Uint32Array(c0.length + c1.length);
  coefficients.set(c0);
  coefficients.set(c1, c0.length);
  packBits(coefficients, shape.bits, bytes.subarray(HEADER_BYTES));
  return bytes;
}

/**
 * Reads a result. There is one byte string for every result, and nothing else is accepted.
 *
 * @throws CompactResultError with code `COMPACT_FORMAT` when the bytes are malformed
 */
export function parseCompact(untrusted: Untrusted<Uint8Array>): CompactCiphertext {
  const bytes = distrusted(untrusted);
  if (bytes.length < HEADER_BYTES) refuse("it ends within its header");
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) refuse("it does not begin as one");
  if (bytes[4] !== VERSION) refuse(`its version is ${bytes[4]} and not ${VERSION}`);
  const shape = readShape(bytes);
  if (bytes.length !== compactBytes(shape))
    refuse(`it has ${bytes.length} bytes where its header means ${compactBytes(shape)}`);
  const count = publishedCount(shape);
  const coefficients = unpackBits(bytes.subarray(HEADER_BYTES), count + SMALL_DEGREE, shape.bits);
  if (coefficients === undefined) refuse("bits after its last coefficient are set");
  return {
    shape,
    context: bytes.slice(CONTEXT_AT, HEADER_BYTES),
    c0: coefficients.slice(0, count),
    c1: coefficients.slice(count),
  };
}

function readShape(bytes: Uint8Array): CompactShape {
  const shape = { ring: 2 ** bytes[5], bits: bytes[6], period: 2 ** bytes[7] };
  try {
    checkShape(shape);
  } catch (cause) {
    refuse("its header names a shape that does not exist", { cause });
  }
  return shape;
}

function refuse(reason: string, options: { cause?: unknown } = {}): never {
  throw new CompactResultError(
    "COMPACT_FORMAT",
    `These bytes are not a compact result: ${reason}.`,
    "Fetch the result again from the chain; if the same bytes return, challenge the node.",
    options,
  );
}
