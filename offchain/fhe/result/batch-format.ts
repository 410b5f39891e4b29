/** The bytes of a batch result (docs/spec/batch-1.md, section 5). */
import { distrusted, type Untrusted } from "../ckks/untrusted.ts";
import { BATCH_HEADER_BYTES, batchPieceBytes, batchResultBytes, FIRST_BITS_LESS } from "../plan/batch-shape.ts";
import type { BatchShape } from "./batch-context.ts";
import { BatchResultError } from "./batch-error.ts";
import { packBits, unpackBits } from "./pack-bits.ts";

const MAGIC = Uint8Array.of(0x43, 0x57, 0x42, 0x52);
const VERSION = 1;
const CONTEXT_AT = 8;
const OUTPUTS_AT = 40;

/** A piece as it is published. */
export interface PublishedPiece {
  /** Coefficients in [0, 2^(T−6)): N of two outputs, the first N/2 of one alone. */
  readonly c0: Uint32Array;
  /** N coefficients in [0, 2^T). */
  readonly c1: Uint32Array;
}

export interface BatchCiphertext {
  /** `batchContextDigest` of what it answers, 32 bytes. */
  readonly context: Uint8Array;
  readonly pieces: readonly PublishedPiece[];
}

/** Outputs of each piece, in order. */
export function pieceOutputs(outputs: number): (1 | 2)[] {
  return Array.from({ length: Math.ceil(outputs / 2) }, (_, piece) => (2 * piece + 1 < outputs ? 2 : 1));
}

/** Writes a result. */
export function writeBatch(
  { n, bits, outputs }: BatchShape,
  { context, pieces }: BatchCiphertext,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(batchResultBytes({ n }, bits, outputs));
  bytes.set(header({ n, bits, outputs }));
  bytes.set(context, CONTEXT_AT);
  let at = BATCH_HEADER_BYTES;
  pieces.forEach(({ c0, c1 }, index) => {
    packBits(c0, bits - FIRST_BITS_LESS, bytes.subarray(at));
    packBits(c1, bits, bytes.subarray(at + (c0.length * (bits - FIRST_BITS_LESS)) / 8));
    at += batchPieceBytes(n, bits, pieceOutputs(outputs)[index]);
  });
  return bytes;
}

/**
 * Reads a result of the shape a plan asks for. There is one byte string for every result, and nothing else is accepted.
 *
 * @throws BatchResultError with code `BATCH_FORMAT` when the bytes are malformed
 */
export function parseBatch(untrusted: Untrusted<Uint8Array>, shape: BatchShape): BatchCiphertext {
  const { n, bits, outputs } = shape;
  const bytes = distrusted(untrusted);
  const expected = batchResultBytes({ n }, bits, outputs);
  if (bytes.length !== expected) refuse(`it has ${bytes.length} bytes where its plan means ${expected}`);
  const head = header(shape);
  for (let i = 0; i < BATCH_HEADER_BYTES; i++) {
    const isContext = i >= CONTEXT_AT && i < OUTPUTS_AT;
    if (!isContext && bytes[i] !== head[i]) refuse(`byte ${i} of its header is not what the plan means`);
  }
  let at = BATCH_HEADER_BYTES;
  const take = (count: number, width: number): Uint32Array => {
    const size = (count * width) / 8;
    // N is a multiple of 4,096: coefficients of any width fill whole bytes, and none can be malformed.
    const coefficients = unpackBits(bytes.subarray(at, at + size), count, width)!;
    at += size;
    return coefficients;
  };
  const pieces = pieceOutputs(outputs).map((held) => ({
    c0: take((held * n) / 2, bits - FIRST_BITS_LESS),
    c1: take(n, bits),
  }));
  return { context: bytes.slice(CONTEXT_AT, OUTPUTS_AT), pieces };
}

function header({ n, bits, outputs }: BatchShape): Uint8Array {
  const head = new Uint8Array(BATCH_HEADER_BYTES);
  head.set(MAGIC);
  head.set([VERSION, Math.log2(n), bits], 4);
  new DataView(head.buffer).setUint32(OUTPUTS_AT, outputs, true);
  return head;
}

function refuse(reason: string): never {
  throw new BatchResultError(
    "BATCH_FORMAT",
    `These bytes are not the batch result that was asked for: ${reason}.`,
    "Fetch the result again; if the same bytes return, challenge the node.",
  );
}
