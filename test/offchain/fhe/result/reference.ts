/**
 * A second implementation of docs/spec/compact-1.md, written from its text with Node's own hashes, sums written out and BigInt where a product may
 * pass 2^53. Slow; it shares no code with offchain/fhe/result.
 */
import { createHash } from "node:crypto";

export const N1 = 1024;
const Q = 2 ** 27;

export interface ReferenceContext {
  chainId: string;
  hub: string;
  request: string;
  plan: string;
  keySet: string;
  inputs: string[];
  output: number;
}

export interface ReferenceShape {
  bits: number;
  period: number;
}

export const sha = (...parts: Uint8Array[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();

export const shake128 = (length: number, ...parts: Uint8Array[]): Buffer =>
  createHash("shake128", { outputLength: length }).update(Buffer.concat(parts)).digest();

export const ascii = (text: string): Buffer => Buffer.from(text, "ascii");

export const unhex = (hex: string): Buffer => Buffer.from(hex.slice(2), "hex");

export const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;

export function be(value: bigint | number, bytes: number): Buffer {
  return Buffer.from(
    BigInt(value)
      .toString(16)
      .padStart(2 * bytes, "0"),
    "hex",
  );
}

export function le32(values: Iterable<number>): Buffer {
  const list = [...values];
  const out = Buffer.alloc(4 * list.length);
  list.forEach((value, i) => out.writeUInt32LE(value, 4 * i));
  return out;
}

/** The least non-negative residue of an exact integer below 2^53. */
export const mod = (x: number, m: number): number => ((x % m) + m) % m;

export function expandQ(seed: Uint8Array, label: string): number[] {
  const bytes = shake128(4 * N1, seed, ascii(label), le32([Q]));
  return Array.from({ length: N1 }, (_, i) => bytes.readUInt32LE(4 * i) % Q);
}

export function keySeed(keySet: string, kind: number): Buffer {
  return sha(ascii("cloakwork/key/a/1"), unhex(keySet), Buffer.of(kind), be(N1, 4));
}

/** Section 3, step 1. */
export function toQ(x: number, q: number): number {
  return Number(((BigInt(x) * BigInt(Q) + BigInt(q) / 2n) / BigInt(q)) % BigInt(Q));
}

/** Coefficient `at` of a·b in Z[Y]/(Y^1024 + 1), before any reduction; the caller sees to 2^53. */
export function productAt(a: ArrayLike<number>, b: ArrayLike<number>, at: number): number {
  let sum = 0;
  for (let i = 0; i < N1; i++) sum += i <= at ? a[i] * b[at - i] : -a[i] * b[at - i + N1];
  return sum;
}

/** Little-endian bit string read as one big integer. */
export function unpack(bytes: Uint8Array, count: number, width: number): number[] {
  let all = BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
  const out: number[] = [];
  for (let i = 0; i < count; i++) {
    out.push(Number(all & ((1n << BigInt(width)) - 1n)));
    all >>= BigInt(width);
  }
  return out;
}

export function pack(values: readonly number[], width: number): Buffer {
  const bits = values
    .map((value) => value.toString(2).padStart(width, "0"))
    .reverse()
    .join("");
  const bytes = Math.ceil(bits.length / 8);
  return Buffer.from(
    BigInt(`0b${bits}`)
      .toString(16)
      .padStart(2 * bytes, "0"),
    "hex",
  ).reverse();
}

export function contextDigest(context: ReferenceContext, { bits, period }: ReferenceShape): Buffer {
  return sha(
    ascii("cloakwork/compact/context/1"),
    be(BigInt(context.chainId), 32),
    unhex(context.hub),
    be(BigInt(context.request), 32),
    unhex(context.plan),
    unhex(context.keySet),
    be(context.output, 4),
    be(context.inputs.length, 4),
    ...context.inputs.map(unhex),
    be(N1, 4),
    be(bits, 4),
    be(period, 4),
  );
}

/** Section 4: u, e and f, of which f is wanted at published indices only. */
export function maskOf(streamKey: Uint8Array, bits: number): { u: number[]; e: number[]; f: number[] } {
  const dropped = 27 - bits;
  const u: number[] = [];
  const e: number[] = [];
  const f: number[] = [];
  const sum4 = (width: number, xs: number[]): number =>
    xs.map((x) => x % 2 ** width).reduce((sum, x) => sum + x, 0) - 2 * (2 ** width - 1);
  for (let i = 0; i < N1; i++) {
    const block = sha(streamKey, be(i, 4));
    const words = (at: number): number[] => [0, 2, 4, 6].map((o) => block.readUInt16LE(at + o));
    u.push(sum4(dropped - 5, [...block.subarray(0, 4)]));
    e.push(sum4(dropped - 3, words(4)));
    f.push(sum4(dropped + 3, words(12)));
  }
  return { u, e, f };
}

export interface ReferenceRequest {
  n: number;
  q: number;
  /** Residues modulo q, coefficient form. */
  c0: ArrayLike<number>;
  c1: ArrayLike<number>;
  switchKeyBody: Uint8Array;
  publicKeyBody: Uint8Array;
  context: ReferenceContext;
  seed: Uint8Array;
  shape: ReferenceShape;
}

/** Sections 3 to 5. */
export function compactReference(request: ReferenceRequest): { bytes: Buffer; streamKey: Buffer } {
  const { n, q, c0, c1, switchKeyBody, publicKeyBody, context, seed, shape } = request;
  const g = n / N1;
  const count = 2 * shape.period;
  const stride = N1 / count;
  const published = Array.from({ length: count }, (_, j) => j * stride);

  const t0 = published.map((i) => toQ(c0[g * i], q));
  const t1 = new Array<number>(N1).fill(0);
  for (let i = 0; i < g; i++) {
    const component = Array.from({ length: N1 }, (_, m) => {
      const x = toQ(c1[g * m + i], q);
      return x < Q / 2 ? x : x - Q;
    });
    for (let j = 0; j < 7; j++) {
      const digit = component.map((x) => (j === 6 ? x : mod(x + 8, 16) - 8));
      component.forEach((x, m) => {
        component[m] = (x - digit[m]) / 16;
      });
      const at = (i * 7 + j) * 3456;
      const b = unpack(switchKeyBody.subarray(at, at + 3456), N1, 27);
      const a = expandQ(keySeed(context.keySet, 3), `row/${i}/digit/${j}`);
      published.forEach((index, k) => {
        t0[k] = mod(t0[k] + productAt(digit, b, index), Q);
      });
      for (let m = 0; m < N1; m++) t1[m] = mod(t1[m] + productAt(digit, a, m), Q);
    }
  }

  const digest = contextDigest(context, shape);
  const state = sha(le32(t0), le32(t1));
  const streamKey = sha(ascii("cloakwork/compact/mask/1"), seed, digest, state);
  const { u, e, f } = maskOf(streamKey, shape.bits);
  const b = unpack(publicKeyBody, N1, 27);
  const a = expandQ(keySeed(context.keySet, 4), "public");
  const dropped = 2 ** (27 - shape.bits);
  const publish = (x: number): number => Math.floor((mod(x, Q) + dropped / 2) / dropped) % 2 ** shape.bits;
  const coefficients = [
    ...published.map((index, k) => publish(t0[k] + productAt(u, b, index) + f[index])),
    ...t1.map((x, m) => publish(x + productAt(u, a, m) + e[m])),
  ];
  const header = Buffer.of(...ascii("CWCR"), 1, 10, shape.bits, Math.log2(shape.period));
  return { bytes: Buffer.concat([header, digest, pack(coefficients, shape.bits)]), streamKey };
}
