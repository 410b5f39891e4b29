import type { ParameterSet } from "../ckks/parameters.ts";
import { signedResidues, transformsOf } from "../ckks/residues.ts";
import { batchReason, FIRST_BITS_LESS } from "../plan/batch-shape.ts";
import { addPolynomials, mulAddPolynomials } from "../ring/pointwise.ts";
import { batchContextDigest, type BatchContext } from "./batch-context.ts";
import { BatchResultError } from "./batch-error.ts";
import { pieceOutputs, writeBatch, type PublishedPiece } from "./batch-format.ts";
import { batchStreamKey, sampleBatchMask, type BatchMaskSample, type BatchPiece } from "./batch-mask.ts";
import type { BatchPublicKey } from "./batch-public-key.ts";

/** A level-1 ciphertext: N residues each modulo the first data prime, NTT form. Not changed. */
export interface BatchOutput {
  readonly c0: Uint32Array;
  readonly c1: Uint32Array;
}

/** What a batch result is made from. */
export interface BatchRequest {
  readonly params: ParameterSet;
  /** One an output of the plan, in order. */
  readonly outputs: readonly BatchOutput[];
  readonly publicKey: BatchPublicKey;
  /** Bits T. */
  readonly bits: number;
  /** What the result answers. */
  readonly context: BatchContext;
  /** The request's noise seed, 32 bytes, secret from the user. */
  readonly seed: Uint8Array;
}

/**
 * Makes one masked result of all outputs of a batch (docs/spec/batch-1.md). Integers only: the same request gives the same bytes on every machine.
 *
 * @returns the result as it is stored
 * @throws BatchResultError `BATCH_SHAPE` when the format has no such result; `BATCH_KEY` when the key belongs to another parameter set or key set
 * @throws RangeError when residues or seed are malformed
 */
export function batchResult(request: BatchRequest): Uint8Array<ArrayBuffer> {
  const { params, outputs, publicKey, bits, seed } = request;
  check(request);
  const shape = { n: params.n, bits, outputs: outputs.length };
  const context = batchContextDigest(request.context, shape);
  const pieces = pieceOutputs(outputs.length).map((held, index): PublishedPiece => {
    const piece = joined(params, outputs.slice(2 * index, 2 * index + held));
    const sample = sampleBatchMask(batchStreamKey(seed, context, index, piece), params.n, bits);
    const { c0, c1 } = masked(piece, publicKey, sample);
    const published = held === 2 ? c0 : c0.subarray(0, params.n / 2);
    return {
      c0: switchBits(published, params.data[0], bits - FIRST_BITS_LESS),
      c1: switchBits(c1, params.data[0], bits),
    };
  });
  return writeBatch(shape, { context, pieces });
}

/** The sum of the first and X^(N/2) times the second, which is i times it in slots, in coefficient form. */
function joined(params: ParameterSet, [first, second]: readonly BatchOutput[]): BatchPiece {
  const join = (component: "c0" | "c1"): Uint32Array => {
    const sum = coefficients(params, first[component]);
    const other: BatchOutput | undefined = second;
    if (other === undefined) return sum;
    const turned = coefficients(params, other[component]);
    const [q, half] = [params.data[0], params.n / 2];
    return addPolynomials(
      sum,
      turned.map((_, k) => (k < half ? (q - turned[k + half]) % q : turned[k - half])),
      q,
    );
  };
  return { c0: join("c0"), c1: join("c1") };
}

/** Adds an encryption of zero under the public key, and the flooding. */
function masked({ c0, c1 }: BatchPiece, { params, samples }: BatchPublicKey, sample: BatchMaskSample): BatchPiece {
  const [ntt] = transformsOf(params, 1);
  const zero = { c0: new Uint32Array(params.n), c1: new Uint32Array(params.n) };
  const ephemeral = new Uint32Array(params.n);
  samples.forEach(({ a, b }, j) => {
    ntt.forward(signedResidues(sample.u[j], ntt.q, ephemeral));
    mulAddPolynomials(zero.c0, b, ephemeral, ntt.q);
    mulAddPolynomials(zero.c1, a, ephemeral, ntt.q);
  });
  const add = (to: Uint32Array, product: Uint32Array, noise: Int32Array): Uint32Array => {
    ntt.inverse(product);
    const sum = addPolynomials(to, product, ntt.q);
    return addPolynomials(sum, signedResidues(noise, ntt.q, ephemeral), ntt.q);
  };
  return { c0: add(c0, zero.c0, sample.f), c1: add(c1, zero.c1, sample.e) };
}

/** ⌊(x·2^bits + ⌊q/2⌋) / q⌋ mod 2^bits: exact in doubles for bits ≤ 23: the numerator is below 2^53, and a quotient that is no integer is 1/q > 2^−30 from one, where doubles below 2^23 are at most 2^−30 apart. */
function switchBits(values: Uint32Array, q: number, bits: number): Uint32Array {
  const [factor, half, mask] = [2 ** bits, (q - 1) / 2, 2 ** bits - 1];
  return values.map((x) => Math.floor((x * factor + half) / q) & mask);
}

function coefficients(params: ParameterSet, residues: Uint32Array): Uint32Array {
  const { n, data } = params;
  if (residues.length !== n) throw new RangeError(`a component at level 1 has ${n} residues, not ${residues.length}`);
  if (residues.some((residue) => residue >= data[0])) throw new RangeError("a residue is not below its prime");
  const out = residues.slice();
  transformsOf(params, 1)[0].inverse(out);
  return out;
}

function check({ params, outputs, publicKey, bits, context }: BatchRequest): void {
  const reason = outputs.length === 0 ? "it has no outputs" : batchReason(params, { bits });
  if (reason !== undefined) {
    throw new BatchResultError("BATCH_SHAPE", `There is no such batch result: ${reason}.`, "Compile the model again.");
  }
  if (
    publicKey.params.n !== params.n ||
    publicKey.params.data[0] !== params.data[0] ||
    publicKey.keySet !== context.keySet
  ) {
    throw new BatchResultError(
      "BATCH_KEY",
      "The batch public key belongs to another key set or parameter set.",
      "Upload the key pack of this key set again.",
    );
  }
}
