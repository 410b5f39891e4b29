/** test/vectors/ckks.json, which node:crypto and node-seal made, against offchain/fhe/ckks. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { fromHex, toHex, type Bytes32, type Hex } from "../../../../offchain/digest/hex.ts";
import * as reference from "./components.ts";
import { parseCiphertext, writeCiphertext } from "../../../../offchain/fhe/ckks/ciphertext-format.ts";
import { inputRoot } from "../../../../offchain/fhe/ckks/ciphertext.ts";
import { packRoot, parsePack } from "../../../../offchain/fhe/ckks/key-pack.ts";
import { expandPolynomial, inputSeed, keySeed, keySetId, type KeyKind } from "../../../../offchain/fhe/ckks/key-set.ts";
import { N16384_D13_S1, N8192_D6_S1 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import { paramsDigest, type ParameterSet } from "../../../../offchain/fhe/ckks/parameters.ts";
import { limb, primesOf } from "../../../../offchain/fhe/ckks/residues.ts";
import type { KeyDigit } from "../../../../offchain/fhe/ckks/switching-key.ts";
import { untrusted } from "../../../../offchain/fhe/ckks/untrusted.ts";
import { pack30 } from "../../../../offchain/fhe/ring/pack30.ts";
import { expand } from "./fixtures.ts";

interface Vectors {
  seed: Hex;
  params: { canonicalJson: string; digest: Bytes32 }[];
  keySet: { owner: Hex; salt: Bytes32; id: Bytes32; seeds: { kind: KeyKind; element: number; seed: Hex }[] };
  input: {
    level: number;
    scale: number;
    nonce: Hex;
    aSeed: Hex;
    header: Hex;
    size: number;
    sha256: Hex;
    c1First: number[];
    inputRoot: Bytes32;
  };
  pack: { head: Hex; size: number; sha256: Hex; root: Bytes32 };
  instructions: { params: string; level: number; op: string; sha256: Hex }[];
}

const vectors = JSON.parse(readFileSync(new URL("../../../vectors/ckks.json", import.meta.url), "utf8")) as Vectors;
const sets = [N8192_D6_S1.set, N16384_D13_S1.set];
const set = N8192_D6_S1.set;
const seed = fromHex(vectors.seed);
const keySet = vectors.keySet.id;

function sha256(bytes: Uint8Array): string {
  return toHex(createHash("sha256").update(bytes).digest());
}

function packed(residues: Uint32Array, primes: readonly number[]): Uint8Array {
  return Buffer.concat(primes.map((prime, i) => pack30(limb(residues, i, set.n), prime)));
}

describe("vectors of ckks", () => {
  it("agree on parameter sets", () => {
    vectors.params.forEach(({ canonicalJson, digest }, i) => {
      expect(JSON.parse(canonicalJson)).to.deep.equal(sets[i]);
      expect(paramsDigest(sets[i])).to.equal(digest);
    });
  });

  it("agree on key sets and seeds", () => {
    expect(keySetId(vectors.keySet.owner, vectors.keySet.salt, set)).to.equal(keySet);
    for (const { kind, element, seed: expected } of vectors.keySet.seeds)
      expect(toHex(keySeed(keySet, kind, element))).to.equal(expected);
  });

  it("agree on an input's bytes and root", () => {
    const { level, scale, nonce, aSeed, header, size, c1First, inputRoot: root } = vectors.input;
    expect(toHex(inputSeed(keySet, fromHex(nonce)))).to.equal(aSeed);
    const c0 = expandPolynomial(seed, "c0", set, level, "Q");
    const bytes = new Uint8Array(Buffer.concat([fromHex(header), packed(c0, primesOf(set, level))]));
    expect(bytes.length).to.equal(size);
    expect(sha256(bytes)).to.equal(vectors.input.sha256);
    const ciphertext = parseCiphertext(untrusted(bytes), {
      role: "input",
      params: set,
      keySetId: keySet,
      level,
      scale,
    });
    expect(ciphertext.c0).to.deep.equal(c0);
    expect([...ciphertext.c1.subarray(0, 4)]).to.deep.equal(c1First);
    expect(inputRoot(ciphertext)).to.equal(root);
    expect(writeCiphertext(ciphertext, { nonce: fromHex(nonce) })).to.deep.equal(bytes);
  });

  it("agree on a pack's bytes and root", () => {
    const { head, size, sha256: digest, root } = vectors.pack;
    const bodies = [
      [1, 1],
      [2, 2],
    ].flatMap(([kind, level]) => {
      const primes = primesOf(set, level, "QP");
      return Array.from({ length: level }, (_, j) =>
        packed(expandPolynomial(seed, `b/${kind}/${j}`, set, level, "QP"), primes),
      );
    });
    const bytes = new Uint8Array(Buffer.concat([fromHex(head), ...bodies]));
    expect(bytes.length).to.equal(size);
    expect(sha256(bytes)).to.equal(digest);
    const pack = parsePack(untrusted(bytes), { params: set, keySetId: keySet, maxBytes: size });
    expect(pack.keys.map(({ kind, gadget, level, element }) => [kind, gadget, level, element])).to.deep.equal([
      [1, 1, 1, 3],
      [2, 1, 2, 0],
    ]);
    expect(packRoot(pack)).to.equal(root);
  });

  for (const { params: id, level, op, sha256: expected } of vectors.instructions) {
    it(`agree on ${op} at level ${level} of ${id}`, () => {
      const params = sets.find((each) => each.id === id)!;
      const { polynomials } = execute(params, level, op);
      const hash = createHash("sha256");
      for (const { buffer, byteOffset, byteLength } of polynomials)
        hash.update(new Uint8Array(buffer, byteOffset, byteLength));
      expect(toHex(hash.digest())).to.equal(expected);
    });
  }
});

function execute(params: ParameterSet, level: number, op: string): reference.Components {
  const uniform = (label: string): Uint32Array => expand(seed, label, params, level, "Q");
  const operand = (name: string, size: number): reference.Components => ({
    params,
    level,
    polynomials: Array.from({ length: size }, (_, i) => uniform(`${name}/${i}`)),
  });
  const key = (name: string): KeyDigit[] =>
    Array.from({ length: level }, (_, j) => ({
      b: expand(seed, `${name}/${j}/b`, params, level, "QP"),
      a: expand(seed, `${name}/${j}/a`, params, level, "QP"),
    }));
  const a = operand("a", op === "relinearise" ? 3 : 2);
  const b = operand("b", 2);
  const conjugation = 2 * params.n - 1;
  const compute: Record<string, () => reference.Components> = {
    add: () => reference.add(a, b),
    sub: () => reference.subtract(a, b),
    negate: () => reference.negate(a),
    addPlain: () => reference.addPlain(a, uniform("plain")),
    mulPlain: () => reference.multiplyPlain(a, uniform("plain")),
    mul: () => reference.multiply(a, b),
    square: () => reference.multiply(a, a),
    relinearise: () => reference.relinearise(a, key("relin")),
    "rotate 1": () => reference.applyGalois(a, 3, key("galois/3")),
    conjugate: () => reference.applyGalois(a, conjugation, key(`galois/${conjugation}`)),
    rescale: () => reference.rescale(a),
    modSwitch: () => reference.modSwitch(a),
  };
  return compute[op]();
}
