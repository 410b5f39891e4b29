/** The mask of one piece of a batch result, from integer samples alone (docs/spec/batch-1.md, section 4). */
import { concatBytes, wordBytes } from "../../digest/bytes.ts";
import { sha256, sha256Into } from "../../digest/sha256.ts";
import { BATCH_RANK, batchMaskWidths } from "../plan/batch-shape.ts";

const DOMAIN = new TextEncoder().encode("cloakwork/batch/mask/1");

/** A piece before it is masked: N residues each modulo the first prime, coefficient form. */
export interface BatchPiece {
  readonly c0: Uint32Array;
  readonly c1: Uint32Array;
}

/** What is drawn for one piece, N coefficients each. */
export interface BatchMaskSample {
  /** Six ephemerals of the encryption of zero. */
  readonly u: readonly Int32Array[];
  /** Error of its second component. */
  readonly e: Int32Array;
  /** Flooding of the first component. */
  readonly f: Int32Array;
}

/**
 * The key of a piece's stream, a function of the seed, of what the result answers, and of what it hides: two pieces never share a mask.
 *
 * @param seed the request's noise seed, 32 bytes
 * @param context `batchContextDigest`, 32 bytes
 * @param index of the piece
 */
export function batchStreamKey(seed: Uint8Array, context: Uint8Array, index: number, piece: BatchPiece): Uint8Array {
  if (seed.length !== 32) throw new RangeError(`a noise seed has 32 bytes, not ${seed.length}`);
  const position = new Uint8Array(4);
  new DataView(position.buffer).setUint32(0, index, false);
  const state = sha256(concatBytes(wordBytes(piece.c0), wordBytes(piece.c1)));
  return sha256(concatBytes(DOMAIN, seed, context, position, state));
}

/**
 * Draws a mask.
 *
 * @param streamKey 32 bytes
 * @param n ring degree
 * @param bits T
 */
export function sampleBatchMask(streamKey: Uint8Array, n: number, bits: number): BatchMaskSample {
  const widths = batchMaskWidths(bits);
  const u = Array.from({ length: BATCH_RANK }, () => new Int32Array(n));
  const e = new Int32Array(n);
  const f = new Int32Array(n);
  const message = new Uint8Array(36);
  message.set(streamKey);
  const index = new DataView(message.buffer);
  const block = new Uint8Array(32);
  const words = new DataView(block.buffer);
  for (let i = 0; i < n; i++) {
    index.setUint32(32, i, false);
    sha256Into(message, block);
    for (let j = 0; j < BATCH_RANK; j++) {
      const byte = block[j];
      u[j][i] = sumOfFour(byte, byte >> 2, byte >> 4, byte >> 6, widths.u);
    }
    e[i] = sumOfFour(block[6], block[7], block[8], block[9], widths.e);
    f[i] = sumOfFour(
      words.getUint16(12, true),
      words.getUint16(14, true),
      words.getUint16(16, true),
      words.getUint16(18, true),
      widths.f,
    );
  }
  return { u, e, f };
}

/** Centred sum of four uniforms in [0, 2^width). */
function sumOfFour(a: number, b: number, c: number, d: number, width: number): number {
  const mask = 2 ** width - 1;
  return (a & mask) + (b & mask) + (c & mask) + (d & mask) - 2 * mask;
}
