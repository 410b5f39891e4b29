import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import { expect } from "chai";
import fc from "fast-check";

import { concatBytes } from "../../../../offchain/digest/bytes.ts";
import { fromHex, type Bytes32, type Hex } from "../../../../offchain/digest/hex.ts";
import { blobRoot } from "../../../../offchain/digest/merkle.ts";
import {
  BATCH_INPUT_HEADER_BYTES,
  batchInputBytes,
  batchInputHeader,
  byteSource,
  checkBatchInputSize,
  readBatchInput,
  type BatchInput,
  type BatchInputExpectation,
  type ByteSource,
} from "../../../../offchain/fhe/ckks/batch-input.ts";
import { writeCiphertext } from "../../../../offchain/fhe/ckks/ciphertext-format.ts";
import { expandPolynomial } from "../../../../offchain/fhe/ckks/key-set.ts";
import { N8192_D6_S1 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import { untrusted } from "../../../../offchain/fhe/ckks/untrusted.ts";
import { fastestExpansion } from "../../../../offchain/fhe/kernel/expand-polynomial.ts";
import { CloakworkError } from "../../../../offchain/errors.ts";
import { REJECT_CODES } from "../../../../offchain/node/reject-codes.ts";

interface Vectors {
  seed: Hex;
  keySet: Bytes32;
  batchInput: {
    header: Hex;
    levels: number[];
    scale: number;
    size: number;
    sha256: Hex;
    blobRoot: Bytes32;
    inputRoot: Bytes32;
  };
}

const file = new URL("../../../vectors/batch-input.json", import.meta.url);
const { seed, keySet, batchInput: vector } = JSON.parse(readFileSync(file, "utf8")) as Vectors;
const { set: params } = N8192_D6_S1;
const inputs = vector.levels.map((level) => ({ level, scale: vector.scale }));
const expected: BatchInputExpectation = { params, keySetId: keySet, inputs };

/** The vector's ciphertexts, each with a nonce of its own. */
function ciphertext(k: number, nonce = new Uint8Array(32).fill(0x40 + k)): Uint8Array {
  const { level, scale } = inputs[k];
  const c0 = expandPolynomial(fromHex(seed), `c0/${k}`, params, level, "Q");
  return writeCiphertext({ params, keySetId: keySet, level, scale, c0, c1: c0 }, { nonce });
}

const good = concatBytes(batchInputHeader(expected), ...inputs.map((_, k) => ciphertext(k)));
/** Where the second ciphertext begins. */
const SECOND = BATCH_INPUT_HEADER_BYTES + ciphertext(0).length;

const read = (bytes: Uint8Array, of: BatchInputExpectation = expected): Promise<BatchInput> =>
  readBatchInput(untrusted(byteSource(bytes)), of);

async function refusal(bytes: Uint8Array, of?: BatchInputExpectation): Promise<string> {
  try {
    await read(bytes, of);
  } catch (error) {
    if (error instanceof CloakworkError) return error.code;
    throw error;
  }
  return "none";
}

describe("a batch's input", function () {
  this.timeout(30_000);

  it("has the bytes and the root of its vector", async () => {
    expect(`0x${Buffer.from(good.subarray(0, 80)).toString("hex")}`).to.equal(vector.header);
    expect(good.length).to.equal(vector.size);
    expect(batchInputBytes(expected)).to.equal(vector.size);
    expect(`0x${createHash("sha256").update(good).digest("hex")}`).to.equal(vector.sha256);
    expect(blobRoot(good)).to.equal(vector.blobRoot);
    expect((await read(good)).root).to.equal(vector.inputRoot);
    const quick = await readBatchInput(untrusted(byteSource(good)), expected, { expand: await fastestExpansion() });
    expect(quick.root).to.equal(vector.inputRoot);
  });

  it("gives its ciphertexts one by one, as often as they are wanted", async () => {
    const batch = await read(good);
    expect(batch).to.include({ length: 3, keySetId: keySet });
    for (const k of [2, 0, 0]) {
      const { c0, level } = batch.at(k)!;
      expect(level).to.equal(k + 1);
      expect(c0).to.deep.equal(expandPolynomial(fromHex(seed), `c0/${k}`, params, level, "Q"));
    }
    expect(batch.at(3)).to.equal(undefined);
    expect(batch.at(-1)).to.equal(undefined);
  });

  it("tells how far it was read, and stops when it is told to", async () => {
    const done: number[] = [];
    const onProgress = (n: number, total: number): void => void done.push(n / total);
    await readBatchInput(untrusted(byteSource(good)), expected, { onProgress });
    expect(done).to.deep.equal([1 / 3, 2 / 3, 1]);
    const reason = new Error("enough");
    let thrown: unknown;
    await readBatchInput(untrusted(byteSource(good)), expected, { signal: AbortSignal.abort(reason) }).catch(
      (error: unknown) => (thrown = error),
    );
    expect(thrown).to.equal(reason);
  });

  it("is read a ciphertext at a time, never whole", async () => {
    let most = 0;
    const source: ByteSource = {
      size: good.length,
      read(at, length) {
        most = Math.max(most, length);
        return good.subarray(at, at + length);
      },
    };
    await readBatchInput(untrusted(source), expected);
    expect(most).to.equal(ciphertext(2).length);
  });

  it("is refused by its size before a byte is read", async () => {
    const unread: ByteSource = {
      size: good.length - 1,
      read: () => {
        throw new Error("was read");
      },
    };
    const codes: string[] = [];
    for (const size of [0, good.length - 1, good.length + 1, 2 ** 40]) {
      await readBatchInput(untrusted({ ...unread, size }), expected).catch((error: unknown) => {
        codes.push((error as CloakworkError).code);
      });
      expect(() => {
        checkBatchInputSize(size, expected);
      }).to.throw(CloakworkError);
    }
    const [short, long] = ["BATCH_INPUT_TRUNCATED", "BATCH_INPUT_OVERSIZED"];
    expect(codes).to.deep.equal([short, short, long, long]);
    checkBatchInputSize(good.length, expected);
  });

  const flipped = (at: number, by = 1): Uint8Array => good.with(at, good[at] ^ by);
  const outOfRange = good.slice();
  outOfRange.fill(0xff, SECOND + 112, SECOND + 127);
  const transparent = good.slice();
  transparent.fill(0, SECOND + 112, SECOND + ciphertext(1).length);
  const twice = concatBytes(
    batchInputHeader(expected),
    ciphertext(0),
    ciphertext(1),
    ciphertext(2, new Uint8Array(32).fill(0x40)),
  );
  const cases: readonly [string, string, Uint8Array][] = [
    ["cut short", "BATCH_INPUT_TRUNCATED", good.subarray(0, -1)],
    ["cut within its header", "BATCH_INPUT_TRUNCATED", good.subarray(0, 40)],
    ["with more behind it", "BATCH_INPUT_OVERSIZED", concatBytes(good, Uint8Array.of(0))],
    ["that is something else", "BATCH_INPUT_MAGIC", flipped(0)],
    ["of another version", "BATCH_INPUT_VERSION", flipped(4, 3)],
    ["with reserved bytes set", "BATCH_INPUT_VERSION", flipped(13)],
    ["that says another count", "BATCH_INPUT_COUNT", flipped(8)],
    ["of another parameter set", "BATCH_INPUT_PARAMS", flipped(16)],
    ["of another key set", "BATCH_INPUT_KEY_SET", flipped(48)],
    ["with a nonce twice", "BATCH_INPUT_NONCE", twice],
    ["whose second ciphertext is none", "CIPHERTEXT_MAGIC", flipped(SECOND)],
    ["whose second ciphertext has two components", "CIPHERTEXT_COMPONENTS", flipped(SECOND + 5, 3)],
    ["whose second ciphertext is of another key set", "CIPHERTEXT_KEY_SET", flipped(SECOND + 48)],
    ["with a residue that is none", "CIPHERTEXT_RESIDUE", outOfRange],
    ["with a transparent ciphertext", "CIPHERTEXT_TRANSPARENT", transparent],
  ];
  for (const [name, code, bytes] of cases) {
    it(`${name} is refused as ${code}, which has a number on chain`, async () => {
      expect(await refusal(bytes)).to.equal(code);
      expect(REJECT_CODES).to.have.property(code);
    });
  }

  it("of too few or too many ciphertexts is refused by its size", async () => {
    expect(await refusal(good, { ...expected, inputs: inputs.slice(0, 2) })).to.equal("BATCH_INPUT_OVERSIZED");
    expect(await refusal(good, { ...expected, inputs: [...inputs, inputs[0]] })).to.equal("BATCH_INPUT_TRUNCATED");
  });

  it("with any bit flipped is refused, or has another root", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: good.length - 1 }),
        fc.integer({ min: 0, max: 7 }),
        async (at, bit) => {
          const bytes = flipped(at, 1 << bit);
          if ((await refusal(bytes)) === "none") expect((await read(bytes)).root).not.to.equal(vector.inputRoot);
        },
      ),
      { numRuns: 20 },
    ));

  it("that is changed after it was checked is not used", async () => {
    const bytes = good.slice();
    const batch = await read(bytes);
    bytes[SECOND + 200] ^= 1;
    expect(() => batch.at(1)).to.throw(RangeError, /changed after it was checked/);
    expect(batch.at(0)).to.include({ level: 1 });
  });
});
