import { expect } from "chai";
import fc from "fast-check";

import { wasmBase64 } from "../../../build/sha256.ts";
import { MerkleHasher, weightsHasher } from "../../../offchain/digest/merkle.ts";
import { SUBTREE_LEAVES, Subtrees, subtrees } from "../../../offchain/digest/subtrees.ts";
import { reference, sha, u64 } from "./reference.ts";

const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 197 + (i >> 8)) & 255);

describe("Subtrees of short leaves", function () {
  this.timeout(20_000);

  const short = subtrees()!;

  it("number messages of one block and of two as SHA-256 does, past 2³² too", () => {
    for (const length of [0, 1, 46, 47, 48, 54, 56, 110, 111]) {
      for (const from of [0, 2 ** 32 - 2]) {
        const prefix = bytesOf(length);
        const out = new Uint8Array(8 * 32);
        short.counters(prefix, from, out);
        const expected = Array.from({ length: 8 }, (_, i) => sha(prefix, u64(from + i)));
        expect(Buffer.from(out).toString("hex"), `${length} bytes`).to.equal(Buffer.concat(expected).toString("hex"));
      }
    }
  });

  it("leave nothing of a secret in their memory", async () => {
    const { instance } = await WebAssembly.instantiate(Buffer.from(wasmBase64, "base64"));
    const exports = instance.exports as ConstructorParameters<typeof Subtrees>[0];
    const before = Buffer.from(exports.memory.buffer.slice(0));
    const own = new Subtrees(exports);
    const out = new Uint8Array(32);
    own.saltedRoot(bytesOf(56).fill(0xa5), 0, bytesOf(SUBTREE_LEAVES * 32), out);
    own.root(bytesOf(SUBTREE_LEAVES * 32), out);
    own.counters(bytesOf(56).fill(0xa5), 0, new Uint8Array(SUBTREE_LEAVES * 32));
    expect(before.equals(Buffer.from(exports.memory.buffer))).to.equal(true);
  });

  it("give the roots of the reference, whatever is before and behind them and however the stream is cut", () => {
    const secret = bytesOf(32);
    const whole = SUBTREE_LEAVES * 32;
    const sizes = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom(-33, -32, -1, 0, 1, 32, 33, 1000));
    const cuts = fc.array(fc.constantFrom(1, 31, 32, whole - 32, whole, whole + 1, 2 * whole), { maxLength: 4 });
    fc.assert(
      fc.property(sizes, cuts, fc.boolean(), ([count, more], pieces, salted) => {
        const data = bytesOf(Math.max(0, count * whole + more));
        const hasher = salted ? weightsHasher(secret) : new MerkleHasher("noise");
        let at = 0;
        for (const piece of pieces) {
          hasher.update(data.subarray(at, at + piece));
          at = Math.min(data.length, at + piece);
        }
        hasher.update(data.subarray(at));
        const kind = salted ? "weights" : "noise";
        expect(hasher.root()).to.equal(
          reference(kind, Buffer.from(data), [], salted ? Buffer.from(secret) : undefined).root,
        );
      }),
      { numRuns: 12 },
    );
  });
});
