/** test/vectors/hoisted.json: the inputs it names, and digests to compare with it. */
import { createHash } from "node:crypto";

import { expandUniform } from "../../../../offchain/fhe/ring/expand.ts";
import vectors from "../../../vectors/hoisted.json" with { type: "json" };

export const { params, cases } = vectors;

const PRIMES = [...params.data, ...params.special];

const expanded = (label: string, count: number): Uint32Array[] =>
  PRIMES.slice(0, count).map((q) => expandUniform(Buffer.from(vectors.seed, "hex"), label, q, params.n));

/** Components c0, c1, c2 modulo the data primes of a level. */
export function components(level: number): [Uint32Array[], Uint32Array[], Uint32Array[]] {
  return [expanded("c0", level), expanded("c1", level), expanded("c2", level)];
}

/** The digits of the key, modulo all primes. */
export function keyDigits(): { b: Uint32Array[]; a: Uint32Array[] }[] {
  return params.groups.map((_, j) => ({
    b: expanded(`b/${j}`, PRIMES.length),
    a: expanded(`a/${j}`, PRIMES.length),
  }));
}

/** SHA-256 over residues, u32 little-endian, in the order given. */
export function digest(polynomials: readonly Uint32Array[]): string {
  const hash = createHash("sha256");
  for (const polynomial of polynomials) {
    const bytes = Buffer.alloc(4 * polynomial.length);
    polynomial.forEach((x, i) => bytes.writeUInt32LE(x, 4 * i));
    hash.update(bytes);
  }
  return hash.digest("hex");
}
