import { createHash } from "node:crypto";

import { expect } from "chai";

import { wordBytes } from "../../../../offchain/digest/bytes.ts";
import { fromHex } from "../../../../offchain/digest/hex.ts";
import { parseCiphertext } from "../../../../offchain/fhe/ckks/ciphertext-format.ts";
import { encryptInput } from "../../../../offchain/fhe/ckks/ciphertext.ts";
import { generatePack, parsePack } from "../../../../offchain/fhe/ckks/key-pack.ts";
import { transformsOf } from "../../../../offchain/fhe/ckks/residues.ts";
import { secretResidues } from "../../../../offchain/fhe/ckks/secret.ts";
import { untrusted } from "../../../../offchain/fhe/ckks/untrusted.ts";
import { batchDeviation, batchResultBytes } from "../../../../offchain/fhe/plan/batch-shape.ts";
import type { BatchContext } from "../../../../offchain/fhe/result/batch-context.ts";
import { BatchResultError } from "../../../../offchain/fhe/result/batch-error.ts";
import { batchMaskingEstimate } from "../../../../offchain/fhe/result/batch-masking-estimate.ts";
import {
  batchKeyBody,
  generateBatchPublicKey,
  parseBatchPublicKey,
  type BatchPublicKey,
} from "../../../../offchain/fhe/result/batch-public-key.ts";
import { batchResult, type BatchOutput } from "../../../../offchain/fhe/result/batch-result.ts";
import { openBatch } from "../../../../offchain/fhe/result/open-batch.ts";
import { mulAddPolynomials } from "../../../../offchain/fhe/ring/pointwise.ts";
import { context as compactContext, keySet, named, params, q0, secret, source, uniforms } from "./fixture.ts";

const { n } = params;
const SLOTS = n / 2;
const BITS = 23;
const BOUND = 8;
/** Bounded coefficients fill half the prime, with two outputs in a piece. */
const SCALE = Math.floor(q0 / (4 * Math.SQRT2 * BOUND));
const { chainId, hub, request, plan, inputs } = compactContext;
const context: BatchContext = { chainId, hub, request, plan, keySet, inputs };
const seed = named("seed");

const publicBody = generateBatchPublicKey(secret, keySet);
const publicKey = parseBatchPublicKey(params, keySet, untrusted(publicBody));

const valuesOf = (name: string): Float64Array => {
  const next = uniforms(name);
  return Float64Array.from({ length: SLOTS }, () => (2 * next() - 1) * BOUND);
};

function encrypted(values: Float64Array, name: string): BatchOutput {
  const encoding = { level: 1, scale: SCALE };
  const bytes = encryptInput(secret, keySet, values, encoding, source(name));
  return parseCiphertext(untrusted(bytes), { role: "input", params, keySetId: keySet, ...encoding });
}

const values = ["a", "b", "c"].map(valuesOf);
const outputs = values.map((slots, k) => encrypted(slots, `output ${k}`));
const make = (count: number, bits = BITS, key: BatchPublicKey = publicKey, of: Partial<BatchContext> = {}, by = seed) =>
  batchResult({
    params,
    outputs: outputs.slice(0, count),
    publicKey: key,
    bits,
    context: { ...context, ...of },
    seed: by,
  });
const open = (bytes: Uint8Array, count: number, bits = BITS) =>
  openBatch({
    secret,
    bytes: untrusted(bytes),
    bits,
    scales: Array.from({ length: count }, () => SCALE),
    expected: context,
    count: SLOTS,
    evaluationError: 0,
  });

const PIECE_BYTES = (n * 17 + n * 23) / 8;
/** Coefficients of c1 of the first piece, read bit by bit. */
const secondOf = (bytes: Uint8Array, from = 48 + (n * 17) / 8): number[] =>
  Array.from({ length: n }, (_, k) => {
    let value = 0;
    for (let bit = 0; bit < 23; bit++)
      value += ((bytes[from + ((23 * k + bit) >> 3)] >> ((23 * k + bit) & 7)) & 1) * 2 ** bit;
    return value;
  });

describe("a batch result", function () {
  this.timeout(60_000);

  for (const count of [1, 2, 3]) {
    it(`of ${count} outputs opens to the values of every sample, with the noise that was told`, () => {
      for (const bits of [20, 23]) {
        const bytes = make(count, bits);
        expect(bytes.length).to.equal(batchResultBytes(params, bits, count));
        const { samples, errorBound } = open(bytes, count, bits);
        expect(samples.length).to.equal(SLOTS);
        for (let output = 0; output < count; output++) {
          const errors = samples.map((raw, sample) => raw.values()[output] - values[output][sample]);
          const alone = count % 2 === 1 && output === count - 1;
          const deviation = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / SLOTS);
          // 4,096 errors tell their deviation to about 1 %.
          expect(deviation / batchDeviation(n, bits, alone, SCALE)).to.be.within(0.93, 1.07);
          expect(Math.max(...errors.map(Math.abs))).to.be.below(errorBound);
        }
      }
    });
  }

  it("has the bytes its specification says", () => {
    expect(make(3).length).to.equal(48 + PIECE_BYTES + ((n / 2) * 17 + n * 23) / 8);
    const bytes = make(2);
    expect(Buffer.from(bytes.subarray(0, 8)).toString("hex")).to.equal("4357425201" + "0d" + "17" + "00");
    const be = (value: bigint | number, size: number): Buffer =>
      Buffer.from(
        BigInt(value)
          .toString(16)
          .padStart(2 * size, "0"),
        "hex",
      );
    const sha = (...parts: Uint8Array[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();
    const digest = sha(
      Buffer.from("cloakwork/batch/context/1"),
      be(context.chainId, 32),
      fromHex(context.hub, 20),
      be(context.request, 32),
      fromHex(context.plan, 32),
      fromHex(context.keySet, 32),
      be(1, 4),
      fromHex(context.inputs[0], 32),
      be(n, 4),
      be(BITS, 4),
      be(2, 4),
    );
    expect(Buffer.from(bytes.subarray(8, 40)).equals(digest)).to.equal(true);

    // The piece by schoolbook products, a few coefficients of it.
    const [ntt] = transformsOf(params, 1);
    const inverse = (residues: Uint32Array): Uint32Array => {
      const out = residues.slice();
      ntt.inverse(out);
      return out;
    };
    const joined = (component: "c0" | "c1"): Uint32Array => {
      const [a, b] = outputs.slice(0, 2).map((output) => inverse(output[component]));
      return a.map((x, k) => (x + (k < SLOTS ? q0 - b[k + SLOTS] : b[k - SLOTS])) % q0);
    };
    const [w0, w1] = [joined("c0"), joined("c1")];
    const key = sha(Buffer.from("cloakwork/batch/mask/1"), seed, digest, be(0, 4), sha(wordBytes(w0), wordBytes(w1)));
    const blocks = Array.from({ length: n }, (_, i) => sha(key, be(i, 4)));
    const u = Array.from({ length: 6 }, (_, j) =>
      blocks.map((block) => [0, 2, 4, 6].reduce((sum, shift) => sum + ((block[j] >> shift) & 3), -6)),
    );
    const e = blocks.map((block) => [6, 7, 8, 9].reduce((sum, at) => sum + (block[at] & 7), -14));
    const f = blocks.map((block) =>
      [12, 14, 16, 18].reduce((sum, at) => sum + (block.readUInt16LE(at) & 4095), -2 * 4095),
    );
    const product = (poly: readonly Uint32Array[], k: number): bigint => {
      let sum = 0n;
      poly.forEach((row, j) => {
        let part = 0;
        // Each term is below 2^33, a partial sum of 8,192 below 2^46.
        for (let i = 0; i < n; i++) part += (i <= k ? 1 : -1) * u[j][i] * row[(k - i + n) % n];
        sum += BigInt(part);
      });
      return sum;
    };
    const [a, b] = [publicKey.samples.map((it) => inverse(it.a)), publicKey.samples.map((it) => inverse(it.b))];
    const published = (value: bigint, bits: number): number => {
      const q = BigInt(q0);
      const x = ((value % q) + q) % q;
      return Number(((x << BigInt(bits)) + q / 2n) / q) % 2 ** bits;
    };
    const second = secondOf(bytes);
    for (const k of [0, 1, 4095, 4096, 8191]) {
      const first = Array.from(
        { length: 17 },
        (_, bit) => ((bytes[48 + ((17 * k + bit) >> 3)] >> ((17 * k + bit) & 7)) & 1) * 2 ** bit,
      );
      expect(first.reduce((x, y) => x + y)).to.equal(published(BigInt(w0[k]) + product(b, k) + BigInt(f[k]), 17));
      expect(second[k]).to.equal(published(BigInt(w1[k]) + product(a, k) + BigInt(e[k]), 23));
    }
  });

  it("is the same again, and shares its mask with no other seed, request, or piece", () => {
    const bytes = make(2);
    expect(make(2)).to.deep.equal(bytes);
    const others = [make(2, BITS, publicKey, { request: 8n }), make(2, BITS, publicKey, {}, named("other"))];
    const same = { params, publicKey, bits: BITS, context, seed };
    const twice = batchResult({ ...same, outputs: [outputs[0], outputs[1], outputs[0], outputs[1]] });
    const first = secondOf(twice);
    const repeated = secondOf(twice, 48 + PIECE_BYTES + (n * 17) / 8);
    const equal = (x: readonly number[], y: readonly number[]): number => x.filter((value, k) => value === y[k]).length;
    // Of 8,192 pairs of 23 bits one in a thousand runs has one equal.
    expect(equal(first, repeated)).to.be.below(3);
    for (const other of others) expect(equal(secondOf(bytes), secondOf(other))).to.be.below(3);
  });

  it("hides c1, which is a function of the weights, whatever the public key is", () => {
    const [ntt] = transformsOf(params, 1);
    const shown = outputs[0].c1.slice();
    ntt.inverse(shown);
    const centred = (x: number, modulus: number): number => (x >= modulus / 2 ? x - modulus : x) / modulus;
    const correlation = (published: readonly number[]): number =>
      (12 * published.reduce((sum, x, k) => sum + centred(x, 2 ** 23) * centred(shown[k], q0), 0)) / n;
    const unmasked = Array.from(shown, (x) => Math.floor((x * 2 ** 23) / q0));
    expect(correlation(unmasked)).to.be.within(0.97, 1.03);
    const from = 48 + ((n / 2) * 17) / 8;
    const hostile = parseBatchPublicKey(params, keySet, untrusted(new Uint8Array(publicBody.length)));
    for (const key of [publicKey, hostile]) {
      // A correlation of 8,192 independent pairs has a deviation of 0.011.
      expect(Math.abs(correlation(secondOf(make(1, BITS, key), from)))).to.be.below(0.06);
    }
  });

  it("tells no more of the ephemerals than leaves them hard to find", () => {
    const { securityBits, hiddenDimension, leakedBits, marginBits } = batchMaskingEstimate(params, BITS, 500);
    // Six ephemerals of 3.2 bits a coefficient, of which 17 bits can leave at most.
    expect(hiddenDimension / n).to.be.within(0.65, 0.75);
    expect(securityBits).to.be.greaterThan(256);
    expect(marginBits).to.be.within(3, 3.5);
    expect(leakedBits).to.be.within(50, 150);
  });

  it("is refused when it is malformed or answers something else", () => {
    const bytes = make(2);
    const code = (work: () => unknown): string => {
      try {
        work();
      } catch (error) {
        if (error instanceof BatchResultError) return error.code;
        throw error;
      }
      return "none";
    };
    const flipped = (at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
    expect(code(() => open(bytes, 2))).to.equal("none");
    expect(code(() => open(bytes.subarray(1), 2))).to.equal("BATCH_FORMAT");
    expect(code(() => open(new Uint8Array([...bytes, 0]), 2))).to.equal("BATCH_FORMAT");
    expect(code(() => open(bytes, 3))).to.equal("BATCH_FORMAT");
    for (const at of [0, 4, 5, 6, 7, 40, 47])
      expect(
        code(() => open(flipped(at), 2)),
        String(at),
      ).to.equal("BATCH_FORMAT");
    for (const at of [8, 39])
      expect(
        code(() => open(flipped(at), 2)),
        String(at),
      ).to.equal("BATCH_CONTEXT");
    expect(code(() => make(2, 24))).to.equal("BATCH_SHAPE");
    expect(code(() => make(0))).to.equal("BATCH_SHAPE");
    expect(code(() => make(2, BITS, publicKey, { keySet: `0x${"00".repeat(32)}` }))).to.equal("BATCH_KEY");
  });
});

describe("the batch public key", () => {
  it("is an encryption of zero six times, with errors as small and as spread as fresh ones", () => {
    const [ntt] = transformsOf(params, 1);
    const s = secretResidues(secret).subarray(0, n);
    const seen = new Set<string>();
    for (const { a, b } of publicKey.samples) {
      const sum = b.slice();
      mulAddPolynomials(sum, a, s, q0);
      ntt.inverse(sum);
      const errors = Array.from(sum, (x) => (x > q0 / 2 ? x - q0 : x));
      // Centred binomial of 21 pairs: at most 21, variance 10.5; of 8,192 the variance is known to 1.6 %.
      expect(Math.max(...errors.map(Math.abs))).to.be.at.most(21);
      expect(errors.reduce((total, x) => total + x * x, 0) / n).to.be.within(9.5, 11.5);
      seen.add(errors.slice(0, 8).join());
    }
    expect(seen.size).to.equal(6);
  });

  it("travels in a pack, is the same when made again, and is refused when a residue is out of range", async () => {
    const needs = [{ kind: "batchPublic", ring: n }] as const;
    const bodies = [batchKeyBody];
    const pack = await generatePack(secret, keySet, needs, { bodies });
    const options = { params, keySetId: keySet, maxBytes: pack.length, bodies };
    expect(parsePack(untrusted(pack), options).keys[0].body).to.deep.equal(publicBody);
    const wrong = pack.slice();
    wrong.fill(0xff, pack.length - 15);
    expect(() => parsePack(untrusted(wrong), options)).to.throw(/not below its prime/);
    expect(() => parseBatchPublicKey(params, keySet, untrusted(publicBody.subarray(1)))).to.throw(BatchResultError);
  });
});
