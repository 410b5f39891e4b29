import { readFileSync } from "node:fs";

import { expect } from "chai";
import fc from "fast-check";

import { fromHex, toHex, type Hex } from "../../../offchain/digest/hex.ts";
import { merkleProof, verifyProof, type MerkleProof } from "../../../offchain/digest/merkle-proof.ts";
import {
  blobRoot,
  MerkleHasher,
  residuesRoot,
  weightsHasher,
  weightsRoot,
  type TreeKind,
} from "../../../offchain/digest/merkle.ts";
import { digestVectors } from "../../vectors/digests.ts";
import { reference } from "./reference.ts";

type Vectors = ReturnType<typeof digestVectors>;
const vectors = JSON.parse(
  readFileSync(new URL("../../vectors/digests.json", import.meta.url), "utf8"),
) as unknown as Vectors;
const packageSecret = fromHex(vectors.packageSecret);

/** The proofs of a vector in the shape the module takes. */
const proofsOf = (tree: { kind: string; size: number; proofs: Vectors["noise"]["proofs"] }): MerkleProof[] =>
  tree.proofs.map((proof) => ({ kind: tree.kind, size: tree.size, ...proof }) as MerkleProof);

describe("Merkle roots", function () {
  this.timeout(20_000);

  it("are committed as the reference computes them", () => {
    expect(digestVectors()).to.deep.equal(vectors);
  });

  it("equal the vectors, for every kind and around every edge", () => {
    for (const { kind, size, bytes, root } of vectors.trees) {
      const data = fromHex(bytes);
      const actual =
        kind === "weights" ? weightsRoot(data, packageSecret) : kind === "blob" ? blobRoot(data) : residuesRoot(data);
      expect(actual, `${kind} of ${size} bytes`).to.equal(root);
    }
  });

  it("do not depend on how the stream is cut", () => {
    const cuts = fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 8 });
    fc.assert(
      fc.property(cuts, fc.boolean(), (pieces, salted) => {
        const hasher = salted ? weightsHasher(packageSecret) : new MerkleHasher("blob");
        for (const piece of pieces) hasher.update(piece);
        const whole = Buffer.concat(pieces);
        const kind = salted ? "weights" : "blob";
        expect(hasher.size).to.equal(whole.length);
        expect(hasher.root()).to.equal(
          reference(kind, whole, [], salted ? Buffer.from(packageSecret) : undefined).root,
        );
      }),
      { numRuns: 60 },
    );
  });

  it("tell kinds, sizes and secrets apart", () => {
    const bytes = new Uint8Array(64);
    const other = Uint8Array.from(packageSecret, (byte, i) => (i === 0 ? byte ^ 1 : byte));
    const roots = [
      blobRoot(bytes),
      residuesRoot(bytes),
      weightsRoot(bytes, packageSecret),
      weightsRoot(bytes, other),
      blobRoot(bytes.subarray(1)),
      blobRoot(new Uint8Array(0)),
    ];
    expect(new Set(roots).size).to.equal(roots.length);
  });

  it("are the same when asked for again, and take no bytes afterwards", () => {
    const hasher = new MerkleHasher("blob").update(new Uint8Array(5000));
    const root = hasher.root();
    expect(hasher.root()).to.equal(root);
    expect(() => hasher.update(new Uint8Array(1))).to.throw("already taken");
  });

  it("refuse weights without salts, salts elsewhere, and secrets of another length", () => {
    expect(() => new MerkleHasher("weights")).to.throw(TypeError);
    expect(() => new MerkleHasher("blob", new Uint8Array(32))).to.throw(TypeError);
    expect(() => weightsHasher(new Uint8Array(31))).to.throw(RangeError);
  });
});

describe("Merkle proofs", function () {
  this.timeout(20_000);

  const all = [...vectors.trees, vectors.noise];

  it("equal the vectors", () => {
    for (const { kind, bytes, proofs } of vectors.trees) {
      const secret = kind === "weights" ? packageSecret : undefined;
      for (const proof of proofs) {
        const { leaf, salt, siblings } = merkleProof(kind, fromHex(bytes), proof.index, secret);
        expect({ index: proof.index, leaf, salt, siblings }).to.deep.equal(proof);
      }
    }
  });

  it("hold for the root they were made for", () => {
    for (const tree of all) {
      for (const proof of proofsOf(tree)) expect(verifyProof(tree.root as Hex, proof)).to.equal(true);
    }
  });

  it("hold for no other root, index, size, kind, leaf, salt or path", () => {
    const flip = (hex: Hex): Hex => toHex(fromHex(hex).map((byte, i) => (i === 0 ? byte ^ 1 : byte)));
    for (const tree of all) {
      const root = tree.root as Hex;
      for (const proof of proofsOf(tree)) {
        const forged: MerkleProof[] = [
          { ...proof, index: proof.index + 1 },
          { ...proof, index: proof.index - 1 },
          { ...proof, size: proof.size + 1 },
          { ...proof, kind: proof.kind === "blob" ? "residues" : "blob" },
          { ...proof, siblings: [...proof.siblings, root] },
          { ...proof, salt: proof.salt === "0x" ? "0x00" : flip(proof.salt) },
        ];
        if (proof.siblings.length > 0) forged.push({ ...proof, siblings: proof.siblings.slice(1) });
        if (proof.siblings.length > 0) forged.push({ ...proof, siblings: proof.siblings.map(flip) });
        forged.push({ ...proof, leaf: proof.leaf === "0x" ? "0x00" : flip(proof.leaf) });
        for (const one of forged) expect(verifyProof(root, one), JSON.stringify(one)).to.equal(false);
        expect(verifyProof(flip(root), proof)).to.equal(false);
      }
    }
  });

  it("are false, not an error, when out of shape", () => {
    const tree = vectors.trees.find(({ kind, size }) => kind === "blob" && size === 5 * 1024)!;
    const proof = proofsOf(tree)[0];
    const bad: MerkleProof[] = [
      { ...proof, kind: "toString" as TreeKind },
      { ...proof, size: -1 },
      { ...proof, size: Number.NaN },
      { ...proof, size: 0.5 },
      { ...proof, index: -1 },
      { ...proof, index: 0.5 },
      { ...proof, leaf: "0xzz" },
      { ...proof, siblings: ["0x00", ...proof.siblings.slice(1)] },
    ];
    for (const one of bad) expect(verifyProof(tree.root as Hex, one)).to.equal(false);
  });

  it("refuse a leaf that is not there", () => {
    expect(() => merkleProof("blob", new Uint8Array(1025), 2)).to.throw(RangeError);
    expect(() => merkleProof("blob", new Uint8Array(1025), -1)).to.throw(RangeError);
    expect(() => merkleProof("weights", new Uint8Array(32), 0)).to.throw(TypeError);
  });

  it("hold for every leaf of every size", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), fc.nat(), (bytes, pick) => {
        const index = pick % Math.max(1, Math.ceil(bytes.length / 32));
        const proof = merkleProof("weights", bytes, index, packageSecret);
        expect(verifyProof(weightsRoot(bytes, packageSecret), proof)).to.equal(true);
      }),
      { numRuns: 100 },
    );
  });
});
