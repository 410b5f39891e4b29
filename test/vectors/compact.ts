/**
 * Writes test/vectors/compact.json from the reference, not from the code under test: `node test/vectors/compact.ts`.
 */
import { writeFileSync } from "node:fs";

import {
  ascii,
  compactReference,
  contextDigest,
  expandQ,
  hex,
  le32,
  maskOf,
  sha,
  shake128,
  toQ,
  type ReferenceContext,
} from "../offchain/fhe/result/reference.ts";

const named = (name: string): Buffer => sha(ascii(`compact-1 test vectors: ${name}`));

/** 30-bit words below q, in order, from a named stream. */
export function residues(name: string, n: number, q: number): number[] {
  const bytes = shake128(8 * n, named(name));
  const words = Array.from({ length: 2 * n }, (_, i) => bytes.readUInt32LE(4 * i) % 2 ** 30);
  return words.filter((word) => word < q).slice(0, n);
}

/** A body of arbitrary bytes: every 27 bits are a coefficient. */
export const body = (name: string, bytes: number): Buffer => shake128(bytes, named(name));

const context: ReferenceContext = {
  chainId: "31337",
  hub: "0x00112233445566778899aabbccddeeff00112233",
  request: "340282366920938463463374607431768211457",
  plan: hex(named("plan")),
  keySet: hex(named("key set")),
  inputs: [hex(named("input 0")), hex(named("input 1"))],
  output: 1,
};

const SETS = [
  { id: "n8192-d6-s1", n: 8192, q: 1073184769 },
  { id: "n16384-d13-s1", n: 16384, q: 1068466177 },
] as const;

export function compactVectors() {
  const seed = named("seed");
  const results = [
    { set: SETS[0], bits: 16, period: 16 },
    { set: SETS[0], bits: 18, period: 32 },
    { set: SETS[1], bits: 15, period: 1 },
  ].map(({ set, bits, period }) => {
    const { bytes, streamKey } = compactReference({
      n: set.n,
      q: set.q,
      c0: residues("c0", set.n, set.q),
      c1: residues("c1", set.n, set.q),
      switchKeyBody: body("switch key", (set.n / 1024) * 7 * 3456),
      publicKeyBody: body("public key", 3456),
      context,
      seed,
      shape: { bits, period },
    });
    return {
      params: set.id,
      bits,
      period,
      contextDigest: hex(contextDigest(context, { bits, period })),
      streamKey: hex(streamKey),
      size: bytes.length,
      sha256: hex(sha(bytes)),
      bytes: hex(bytes),
    };
  });
  const streamKey = named("stream");
  const { q } = SETS[0];
  const step = q / 2 ** 27;
  const edges = [0, 1, 3, 4, 5, Math.floor(step / 2), Math.ceil(step / 2), q >>> 1, (q >>> 1) + 1, q - 5, q - 4, q - 1];
  return {
    comment:
      "docs/spec/compact-1.md. c0 and c1 are coefficients: SHAKE128(SHA-256('compact-1 test vectors: c0')) as u32le mod 2^30, those not below the " +
      "first prime skipped; key bodies are SHAKE128(SHA-256('… switch key')) and '… public key'. Only the first eight mask samples are listed.",
    expand: ["public", "row/0/digit/0", "row/7/digit/6"].map((label) => {
      const polynomial = expandQ(seed, label);
      return { seed: hex(seed), label, first: polynomial.slice(0, 4), sha256: hex(sha(le32(polynomial))) };
    }),
    modulusSwitch: [...edges, ...residues("switched", 20, q)].map((x) => ({ x, q, y: toQ(x, q) })),
    masks: [14, 15, 16, 17, 18].map((bits) => {
      const { u, e, f } = maskOf(streamKey, bits);
      const strided = f.filter((_, i) => i % 32 === 0);
      return {
        bits,
        period: 16,
        streamKey: hex(streamKey),
        u: u.slice(0, 8),
        e: e.slice(0, 8),
        f: strided.slice(0, 8),
        sums: [u, e, strided].map((list) => list.reduce((sum, x) => sum + x, 0)),
      };
    }),
    seed: hex(seed),
    context,
    results,
  };
}

if (import.meta.main) {
  writeFileSync(new URL("compact.json", import.meta.url), `${JSON.stringify(compactVectors(), null, 2)}\n`);
}
