/** The mask of a compact result, from integer samples alone (docs/spec/compact-1.md, section 4). */
import { concatBytes, wordBytes } from "../../digest/bytes.ts";
import { sha256, sha256Into } from "../../digest/sha256.ts";
import type { CompactPublicKey } from "./opened-keys.ts";
import type { SmallCiphertext } from "./ring-switch.ts";
import { droppedBits, publishedCount, publishedStride, type CompactShape } from "./shape.ts";
import { addProduct, reduceToSmall, SMALL_DEGREE, SMALL_MASK, transform, zeroTransformed } from "./small-ring.ts";

const DOMAIN = new TextEncoder().encode("cloakwork/compact/mask/1");

/** What is drawn for one result. */
export interface MaskSample {
  /** Ephemeral of the encryption of zero, 1,024 coefficients. */
  readonly u: Int32Array;
  /** Its error in the second component, 1,024 coefficients. */
  readonly e: Int32Array;
  /** Flooding noise of the published coefficients of the first component. */
  readonly f: Int32Array;
}

/** Widths w of the sums of four uniforms in [0, 2^w) that the mask is made of. */
export interface MaskWidths {
  readonly u: number;
  readonly e: number;
  readonly f: number;
}

/**
 * Widths for a precision: in proportion to what the last rounding drops anyway.
 *
 * @param bits T, 14 … 18
 */
export function maskWidths(bits: number): MaskWidths {
  const dropped = droppedBits(bits);
  return { u: dropped - 5, e: dropped - 3, f: dropped + 3 };
}

/**
 * The key of the stream, a function of the seed, of what the result answers, and of what it hides: two ciphertexts never share a mask.
 *
 * @param seed the request's noise seed, 32 bytes
 * @param context `contextDigest`, 32 bytes
 * @param ciphertext before masking
 */
export function maskStreamKey(seed: Uint8Array, context: Uint8Array, ciphertext: SmallCiphertext): Uint8Array {
  if (seed.length !== 32) throw new RangeError(`a noise seed has 32 bytes, not ${seed.length}`);
  const state = sha256(concatBytes(wordBytes(ciphertext.t0), wordBytes(ciphertext.t1)));
  return sha256(concatBytes(DOMAIN, seed, context, state));
}

/**
 * Draws the mask.
 *
 * @param streamKey 32 bytes
 */
export function sampleMask(streamKey: Uint8Array, shape: CompactShape): MaskSample {
  const widths = maskWidths(shape.bits);
  const stride = publishedStride(shape);
  const u = new Int32Array(SMALL_DEGREE);
  const e = new Int32Array(SMALL_DEGREE);
  const f = new Int32Array(publishedCount(shape));

  const message = new Uint8Array(36);
  message.set(streamKey);
  const index = new DataView(message.buffer);
  const block = new Uint8Array(32);
  const words = new DataView(block.buffer);
  for (let i = 0; i < SMALL_DEGREE; i++) {
    index.setUint32(32, i, false);
    sha256Into(message, block);
    u[i] = sumOfFour(block[0], block[1], block[2], block[3], widths.u);
    e[i] = sumOfFourAt(words, 4, widths.e);
    if (i % stride === 0) f[i / stride] = sumOfFourAt(words, 12, widths.f);
  }
  return { u, e, f };
}

/**
 * Adds an encryption of zero under the user's public key, and the flooding noise.
 *
 * @returns a new ciphertext
 */
export function applyMask(ciphertext: SmallCiphertext, key: CompactPublicKey, sample: MaskSample): SmallCiphertext {
  const ephemeral = transform(sample.u);
  const product = (factor: typeof ephemeral): Uint32Array => {
    const sum = zeroTransformed();
    addProduct(sum, ephemeral, factor);
    return reduceToSmall(sum);
  };
  const first = product(key.sample.b);
  const second = product(key.sample.a);
  const stride = SMALL_DEGREE / ciphertext.t0.length;
  return {
    t0: ciphertext.t0.map((x, j) => (x + first[stride * j] + sample.f[j]) & SMALL_MASK),
    t1: ciphertext.t1.map((x, i) => (x + second[i] + sample.e[i]) & SMALL_MASK),
  };
}

function sumOfFourAt(words: DataView, at: number, width: number): number {
  return sumOfFour(
    words.getUint16(at, true),
    words.getUint16(at + 2, true),
    words.getUint16(at + 4, true),
    words.getUint16(at + 6, true),
    width,
  );
}

/** Centred sum of four uniforms: near enough to a Gaussian that what it hides leaks with the square of the shift, not with the shift. */
function sumOfFour(a: number, b: number, c: number, d: number, width: number): number {
  const mask = 2 ** width - 1;
  return (a & mask) + (b & mask) + (c & mask) + (d & mask) - 2 * mask;
}
