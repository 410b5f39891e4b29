/**
 * Writes test/vectors/digests.json from the reference, not from the code under test: `node test/vectors/digests.ts && prettier --write test/vectors/digests.json`.
 * The TypeScript module and the Solidity library are both checked against the file.
 */
import { writeFileSync } from "node:fs";

import { hex, pattern, reference, salt, seed, sha, type Kind } from "../offchain/digest/reference.ts";

/** Sizes around every edge of a tree: nothing, one leaf, whole leaves, a short last leaf, unpaired nodes at several heights. */
const SIZES: Readonly<Record<Exclude<Kind, "noise">, readonly number[]>> = {
  blob: [0, 1, 1023, 1024, 1025, 2048, 3072, 5 * 1024, 6 * 1024 + 17, 7 * 1024, 11 * 1024 + 1],
  residues: [0, 4, 1024, 1028, 3 * 1024, 5 * 1024 + 512],
  weights: [0, 4, 32, 36, 64, 96, 5 * 32, 13 * 32 + 8],
};

/** First, last, and one in the middle. */
const interesting = (leaves: number): number[] => [...new Set([0, leaves >> 1, leaves - 1])];

export function digestVectors() {
  const packageSecret = sha(Buffer.from("package secret of the test vectors"));
  const noiseSecret = sha(Buffer.from("noise secret of the test vectors"));
  const trees = (["blob", "residues", "weights"] as const).flatMap((kind) =>
    SIZES[kind].map((size) => {
      const bytes = pattern(size);
      const leaves = Math.max(1, Math.ceil(size / (kind === "weights" ? 32 : 1024)));
      const secret = kind === "weights" ? packageSecret : undefined;
      return { kind, size, bytes: hex(bytes), ...reference(kind, bytes, interesting(leaves), secret) };
    }),
  );
  const seeds = Buffer.concat(Array.from({ length: 65_536 }, (_, k) => seed(noiseSecret, k)));
  return {
    comment:
      "SHA-256 Merkle roots of docs/formats.md, section 1. Kinds: blob 1, residues 2, weights 3, noise 4. Siblings go from the leaf up.",
    packageSecret: hex(packageSecret),
    salts: [0, 1, 255, 256, 2 ** 32].map((index) => ({ index, salt: hex(salt(packageSecret, index)) })),
    noiseSecret: hex(noiseSecret),
    noiseSeeds: [0, 1, 255, 256, 65_535].map((k) => ({ k, seed: hex(seed(noiseSecret, k)) })),
    trees,
    noise: { kind: "noise", size: seeds.length, ...reference("noise", seeds, [0, 1, 40_000, 65_535]) },
  };
}

if (import.meta.main) {
  writeFileSync(new URL("digests.json", import.meta.url), `${JSON.stringify(digestVectors(), null, 2)}\n`);
}
