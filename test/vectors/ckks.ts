/**
 * Writes test/vectors/ckks.json: `node test/vectors/ckks.ts && prettier --write test/vectors/ckks.json`. Formats and seeds are computed here by
 * node:crypto and BigInt, sharing nothing with offchain/fhe/ckks; instructions by node-seal.
 */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import type { Ciphertext } from "node-seal";
import { N16384_D13_S1, N8192_D6_S1 } from "../../offchain/fhe/ckks/named-sets.ts";
import type { ParameterSet } from "../../offchain/fhe/ckks/parameters.ts";
import type { KeyDigit } from "../../offchain/fhe/ckks/switching-key.ts";
import type { Evaluator } from "../../offchain/fhe/engine/engine.ts";
import {
  loadCiphertext,
  loadGaloisKey,
  loadPlaintext,
  loadRelinearisationKey,
  saveCiphertext,
} from "../../offchain/fhe/engine/seal-codec.ts";
import { openSealSession } from "../../offchain/fhe/engine/seal-context.ts";
import { createSealEvaluator } from "../../offchain/fhe/engine/seal-evaluator.ts";
import { SealScope } from "../../offchain/fhe/engine/seal-handles.ts";
import { hex, reference, sha } from "../offchain/digest/reference.ts";

export const SEED = Buffer.alloc(32, 7);
const OWNER = Buffer.alloc(20, 0x11);
const SALT = Buffer.alloc(32, 0x22);
const NONCE = Buffer.alloc(32, 0x33);
export const SCALE = 2 ** 30;

/** docs/formats.md, section 4. */
export function expand(seed: Uint8Array, label: string, prime: number, n: number): Uint32Array {
  const suffix = Buffer.alloc(4);
  suffix.writeUInt32LE(prime);
  const stream = createHash("shake128", { outputLength: 8 * n })
    .update(seed)
    .update(label, "ascii")
    .update(suffix)
    .digest();
  const mask = 2 ** prime.toString(2).length - 1;
  const out: number[] = [];
  for (let at = 0; out.length < n; at += 4) {
    const word = stream.readUInt32LE(at) & mask;
    if (word < prime) out.push(word);
  }
  return Uint32Array.from(out);
}

export function polynomial(seed: Uint8Array, label: string, primes: readonly number[], n: number): Uint32Array {
  return Uint32Array.from(primes.flatMap((prime) => [...expand(seed, label, prime, n)]));
}

/** docs/formats.md, section 8, as one number. */
export function pack30(residues: Uint32Array): Buffer {
  const out = Buffer.alloc((residues.length * 30) / 8);
  // Sixteen residues are sixty bytes.
  for (let at = 0; at < residues.length; at += 16) {
    let bits = 0n;
    for (let i = 15; i >= 0; i--) bits = (bits << 30n) | BigInt(residues[at + i]);
    for (let i = 0; i < 60; i++, bits >>= 8n) out[(at / 16) * 60 + i] = Number(bits & 0xffn);
  }
  return out;
}

export function words(...parts: readonly Uint32Array[]): Buffer {
  return Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)));
}

function canonicalParams({ data, groups, id, n, special }: ParameterSet): string {
  return JSON.stringify({ data, groups, id, n, special, version: 1 });
}

export function paramsDigest(set: ParameterSet): Buffer {
  return sha(Buffer.from(`cloakwork/params/1${canonicalParams(set)}`));
}

function u32be(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
}

export const { set } = N8192_D6_S1;
export const keySet = sha(Buffer.from("cloakwork/keyset/1"), OWNER, SALT, paramsDigest(set));

function keySeed(kind: number, element: number): Buffer {
  return sha(Buffer.from("cloakwork/key/a/1"), keySet, Buffer.of(kind), u32be(element));
}

/** An input at level 2 whose c0 is expand(SEED, "c0"). */
function inputVector() {
  const primes = set.data.slice(0, 2);
  const c0 = polynomial(SEED, "c0", primes, set.n);
  const seed = sha(Buffer.from("cloakwork/input/a/1"), keySet, NONCE);
  const c1 = polynomial(seed, "c1", primes, set.n);
  const header = Buffer.alloc(16);
  header.write("CWCT", "ascii");
  header.set([1, 1, 2, 0], 4);
  header.writeBigUInt64LE(BigInt(SCALE), 8);
  const bytes = Buffer.concat([header, paramsDigest(set), keySet, NONCE, pack30(c0)]);
  return {
    level: 2,
    scale: SCALE,
    nonce: hex(NONCE),
    aSeed: hex(seed),
    header: hex(bytes.subarray(0, 112)),
    size: bytes.length,
    sha256: hex(sha(bytes)),
    c1First: [...c1.subarray(0, 4)],
    inputRoot: reference("residues", words(c0, c1), []).root,
  };
}

/** A pack of the Galois key of element 3 at level 1 and a relinearisation key at level 2, whose b are expand(SEED, "b/kind/digit"). */
function packVector() {
  const entries = [
    { kind: 1, level: 1, element: 3 },
    { kind: 2, level: 2, element: 0 },
  ];
  const stream: Uint32Array[] = [];
  const bodies = entries.map(({ kind, level, element }) => {
    const primes = [...set.data.slice(0, level), ...set.special];
    const digits = Array.from({ length: level }, (_, digit) => {
      const b = polynomial(SEED, `b/${kind}/${digit}`, primes, set.n);
      stream.push(b, polynomial(keySeed(kind, element), `digit/${digit}`, primes, set.n));
      return pack30(b);
    });
    return Buffer.concat(digits);
  });
  const rows = entries.map(({ kind, level, element }, i) => {
    const row = Buffer.alloc(16);
    row.set([kind, 1, level]);
    row.writeUInt32LE(element, 4);
    row.writeUInt32LE(bodies[i].length, 8);
    return row;
  });
  const head = Buffer.concat([Buffer.from("CWKP"), Buffer.of(1, 0, 2, 0), paramsDigest(set), keySet, ...rows]);
  const bytes = Buffer.concat([head, ...bodies]);
  return {
    head: hex(head),
    size: bytes.length,
    sha256: hex(sha(bytes)),
    root: reference("residues", words(...stream), []).root,
  };
}

interface Operation {
  readonly op: string;
  readonly level: number;
  /** Polynomials of the operands. */
  readonly size: number;
  readonly run: (e: Evaluator<Ciphertext>, a: Ciphertext, b: Ciphertext) => Ciphertext;
}

function operations(level: number): Operation[] {
  const list: Omit<Operation, "level">[] = [
    { op: "add", size: 2, run: (e, a, b) => e.add(a, b) },
    { op: "sub", size: 2, run: (e, a, b) => e.sub(a, b) },
    { op: "negate", size: 2, run: (e, a) => e.negate(a) },
    { op: "addPlain", size: 2, run: (e, a) => e.addPlain(a, 0) },
    { op: "mulPlain", size: 2, run: (e, a) => e.mulPlain(a, 0) },
    { op: "mul", size: 2, run: (e, a, b) => e.mul(a, b) },
    { op: "square", size: 2, run: (e, a) => e.square(a) },
    { op: "relinearise", size: 3, run: (e, a) => e.relinearise(a) },
    { op: "rotate 1", size: 2, run: (e, a) => e.rotate(a, 1) },
    { op: "conjugate", size: 2, run: (e, a) => e.conjugate(a) },
  ];
  if (level > 1) {
    list.push({ op: "rescale", size: 2, run: (e, a) => e.rescale(a, 1) });
    list.push({ op: "modSwitch", size: 2, run: (e, a) => e.modSwitch(a, 1) });
  }
  return list.map((operation) => ({ ...operation, level }));
}

/** Every instruction on node-seal: operands, plaintext and keys are expanded from SEED. */
async function instructionVectors(params: ParameterSet, levels: readonly number[], only?: readonly string[]) {
  using scope = new SealScope();
  const session = await openSealSession(scope, params);
  const { n, data, special } = params;
  const digits = (level: number, name: string): KeyDigit[] =>
    Array.from({ length: level }, (_, j) => {
      const primes = [...data.slice(0, level), ...special];
      return { b: polynomial(SEED, `${name}/${j}/b`, primes, n), a: polynomial(SEED, `${name}/${j}/a`, primes, n) };
    });
  return levels.flatMap((level) => {
    using local = new SealScope();
    const primes = data.slice(0, level);
    const galois = new Map(
      [3, 2 * n - 1].map((element) => [
        element,
        local.own(loadGaloisKey(session, element, level, digits(level, `galois/${element}`))),
      ]),
    );
    const relin = local.own(loadRelinearisationKey(session, level, digits(level, "relin")));
    const plain = local.own(loadPlaintext(session, polynomial(SEED, "plain", primes, n), level));
    const keys = { galois: (element: number) => galois.get(element)!, relinearisation: () => relin };
    const evaluator = createSealEvaluator(local, session, [plain], keys);
    const chosen = operations(level).filter(({ op }) => only?.includes(op) ?? true);
    return chosen.map(({ op, size, run }) => {
      const load = (name: string): Ciphertext => {
        const polynomials = Array.from({ length: size }, (_, i) => polynomial(SEED, `${name}/${i}`, primes, n));
        return local.own(loadCiphertext(session, polynomials, level));
      };
      const out = local.own(run(evaluator, load("a"), load("b")));
      return { params: params.id, level, op, sha256: hex(sha(words(...saveCiphertext(session, out)))) };
    });
  });
}

if (import.meta.main) {
  const vectors = {
    comment:
      "docs/formats.md, sections 3 to 6, and docs/spec/seal-4.1.md. Operands of instructions are polynomials expand(seed, label, p, N): a/0, a/1 (a/2), b/0, b/1; the plaintext is plain; digit j of a key is galois/<element>/<j>/b and …/a, relin/<j>/b and …/a. sha256 is over the u32le residues of the result, polynomial by polynomial, limb by limb.",
    seed: hex(SEED),
    params: [N8192_D6_S1.set, N16384_D13_S1.set].map((each) => ({
      canonicalJson: canonicalParams(each),
      digest: hex(paramsDigest(each)),
    })),
    keySet: {
      owner: hex(OWNER),
      salt: hex(SALT),
      params: set.id,
      id: hex(keySet),
      seeds: [
        [1, 3],
        [1, 16383],
        [2, 0],
        [3, 1024],
        [4, 1024],
      ].map(([kind, element]) => ({ kind, element, seed: hex(keySeed(kind, element)) })),
    },
    input: inputVector(),
    pack: packVector(),
    instructions: [
      ...(await instructionVectors(N8192_D6_S1.set, [1, 2, 3, 4, 5, 6])),
      ...(await instructionVectors(N16384_D13_S1.set, [1, 13], ["mul", "relinearise", "rotate 1", "rescale"])),
    ],
  };
  writeFileSync(new URL("ckks.json", import.meta.url), `${JSON.stringify(vectors, null, 2)}\n`);
}
