/** A user with real keys at N = 8,192, made once, and what a node needs of it. Deterministic. */
import { fromHex, toHex, type Bytes32 } from "../../../../offchain/digest/hex.ts";
import { sha256 } from "../../../../offchain/digest/sha256.ts";
import { parseCiphertext } from "../../../../offchain/fhe/ckks/ciphertext-format.ts";
import { encryptInput } from "../../../../offchain/fhe/ckks/ciphertext.ts";
import { keySetId } from "../../../../offchain/fhe/ckks/key-set.ts";
import { N8192_D6_S1 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import { seededSource, type RandomSource } from "../../../../offchain/fhe/ckks/sampling.ts";
import { generateSecret } from "../../../../offchain/fhe/ckks/secret.ts";
import { untrusted } from "../../../../offchain/fhe/ckks/untrusted.ts";
import { compactResult, type CompactRequest } from "../../../../offchain/fhe/result/compact-result.ts";
import type { MaskContext } from "../../../../offchain/fhe/result/mask-context.ts";
import { openCompact, type OpenedCompact } from "../../../../offchain/fhe/result/open-compact.ts";
import { parseCompactPublicKey, parseSwitchKey } from "../../../../offchain/fhe/result/opened-keys.ts";
import type { CompactShape } from "../../../../offchain/fhe/result/shape.ts";
import { generateCompactPublicKey, generateSwitchKey } from "../../../../offchain/fhe/result/small-keys.ts";
import { deriveSmallSecret } from "../../../../offchain/fhe/result/small-secret.ts";

const utf8 = new TextEncoder();

export const params = N8192_D6_S1.set;
export const q0 = params.data[0];

/** 32 bytes that a name stands for. */
export const named = (name: string): Uint8Array<ArrayBuffer> => sha256(utf8.encode(name));
export const named32 = (name: string): Bytes32 => toHex(named(name));
export const source = (name: string): RandomSource => seededSource(named(name));

/** Uniform doubles in [0, 1) from a named stream. */
export function uniforms(name: string): () => number {
  const random = source(name);
  const bytes = new Uint8Array(4);
  const view = new DataView(bytes.buffer);
  return () => {
    random(bytes);
    return view.getUint32(0, true) / 2 ** 32;
  };
}

export const secret = generateSecret(params, source("secret of the fixture"));
export const keySet = keySetId(`0x${"12".repeat(20)}`, named32("salt"), params);
export const smallSecret = deriveSmallSecret(secret, keySet);
export const switchKeyBody = generateSwitchKey(secret, keySet);
export const publicKeyBody = generateCompactPublicKey(secret, keySet);
export const switchKey = parseSwitchKey(params, keySet, untrusted(switchKeyBody));
export const compactPublicKey = parseCompactPublicKey(keySet, untrusted(publicKeyBody));

export const context: MaskContext = {
  chainId: 31337n,
  hub: `0x${"ab".repeat(20)}`,
  request: 7n,
  plan: named32("plan"),
  keySet,
  inputs: [named32("input")],
  output: 0,
};

export const shape: CompactShape = { ring: 1024, bits: 16, period: 16 };

/** A scale at which coefficients of values up to `bound` fill this part of the modulus, on either side of zero together. */
export const scaleFor = (bound: number, fill = 0.5): number => Math.floor((q0 * fill) / 2 / bound);

/** Encrypts slot values at level 1. */
export function encrypt(
  values: Float64Array,
  scale: number,
  random: RandomSource,
): { c0: Uint32Array; c1: Uint32Array } {
  const bytes = encryptInput(secret, keySet, values, { level: 1, scale }, random);
  return parseCiphertext(untrusted(bytes), { role: "input", params, keySetId: keySet, level: 1, scale });
}

/** Values repeated with their number as period, over all slots. */
export const replicate = (values: readonly number[]): Float64Array =>
  Float64Array.from({ length: params.n / 2 }, (_, slot) => values[slot % values.length]);

/** A request of the fixture's user, with whatever a test changes. */
export function request(
  ciphertext: { c0: Uint32Array; c1: Uint32Array },
  changes: Partial<CompactRequest> = {},
): CompactRequest {
  const { c0, c1 } = ciphertext;
  const seed = named("noise seed");
  return { params, c0, c1, switchKey, compactPublicKey, mask: context, seed, ...shape, ...changes };
}

/** Compacts and opens. */
export function roundTrip(made: CompactRequest, scale: number, slots: readonly number[]): OpenedCompact {
  const { ring, bits, period, mask } = made;
  return openCompact({
    secret: smallSecret,
    bytes: untrusted(compactResult(made)),
    params,
    scale,
    layout: { period, slots },
    shape: { ring, bits, period },
    expected: mask,
    evaluationError: 0,
  });
}

/** A copy of a digest with one bit changed. */
export function otherDigest(digest: Bytes32): Bytes32 {
  const bytes = fromHex(digest, 32);
  bytes[31] ^= 1;
  return toHex(bytes);
}
