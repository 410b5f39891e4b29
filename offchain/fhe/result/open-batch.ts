import { equalBytes } from "../../digest/bytes.ts";
import { coefficientsToSlots } from "../ckks/embedding.ts";
import type { ParameterSet } from "../ckks/parameters.ts";
import { Raw } from "../ckks/raw.ts";
import { transformsOf } from "../ckks/residues.ts";
import { secretResidues, type SecretKey } from "../ckks/secret.ts";
import type { Untrusted } from "../ckks/untrusted.ts";
import { batchDeviation, FIRST_BITS_LESS } from "../plan/batch-shape.ts";
import { mulPolynomials } from "../ring/pointwise.ts";
import { batchContextDigest, type BatchContext } from "./batch-context.ts";
import { BatchResultError } from "./batch-error.ts";
import { parseBatch, pieceOutputs, type PublishedPiece } from "./batch-format.ts";
import { BOUND_SIGMAS } from "./noise.ts";

/** What a user needs to open a batch result. */
export interface OpenBatchRequest {
  readonly secret: SecretKey;
  /** The result as it came. */
  readonly bytes: Untrusted<Uint8Array>;
  /** Bits T, as the plan says. */
  readonly bits: number;
  /** Scale of each output of the plan, in order. */
  readonly scales: readonly number[];
  /** The request the result must answer. */
  readonly expected: BatchContext;
  /** Samples that were sent: slots after them are not looked at. */
  readonly count: number;
  /** Bound on the error of the evaluation, in units of the values. */
  readonly evaluationError: number;
}

/** Opened values with how far they may be from what the model gives. */
export interface OpenedBatch {
  /** The outputs of each sample. */
  readonly samples: readonly Raw[];
  /** Bound on the error of each value: that of the evaluation and six deviations of what the result added. */
  readonly errorBound: number;
}

/**
 * Opens a batch result with the secret key.
 *
 * @throws BatchResultError when the bytes are malformed or answer another request
 * @throws RangeError when a scale, the count or the error are not numbers of the right sign
 */
export function openBatch(request: OpenBatchRequest): OpenedBatch {
  const { secret, bits, scales, expected, count, evaluationError } = request;
  const { params } = secret;
  if (scales.length === 0 || !scales.every((scale) => scale > 0 && Number.isFinite(scale)))
    throw new RangeError("a scale is a positive number");
  if (!(evaluationError >= 0 && Number.isFinite(evaluationError)))
    throw new RangeError("an error bound is not negative");
  if (!Number.isInteger(count) || count < 1 || count > params.n / 2)
    throw new RangeError("a batch has 1 to N/2 samples");
  const shape = { n: params.n, bits, outputs: scales.length };
  const { context, pieces } = parseBatch(request.bytes, shape);
  if (!equalBytes(context, batchContextDigest(expected, shape))) {
    throw new BatchResultError(
      "BATCH_CONTEXT",
      "This is not the result that was asked for: it was made for another request.",
      "Fetch the result of this request; if the same bytes return, challenge the node.",
    );
  }
  const held = pieceOutputs(scales.length);
  const slots = pieces.flatMap((piece, index) => openPiece(secret, piece, bits, held[index]));
  // Scales of a piece's two outputs may differ: each part is read by its own.
  const unit = params.data[0] / 2 ** bits;
  const samples = Array.from(
    { length: count },
    (_, sample) => new Raw(Float64Array.from(slots, (values, output) => (values[sample] * unit) / scales[output])),
  );
  const deviations = scales.map((scale, output) =>
    batchDeviation(params.n, bits, held[Math.floor(output / 2)] === 1, scale),
  );
  return { samples, errorBound: evaluationError + BOUND_SIGMAS * Math.max(...deviations) };
}

/** Slots of the outputs of a piece, in units of 2^−bits of the modulus. */
function openPiece(secret: SecretKey, piece: PublishedPiece, bits: number, held: 1 | 2): Float64Array[] {
  const { params } = secret;
  const phases = phasesOf(secret, piece, bits, params);
  if (held === 1) {
    // Real slots: coefficient N − j is minus coefficient j, and the one in the middle is zero.
    const half = params.n / 2;
    phases[half] = 0;
    for (let j = 1; j < half; j++) phases[params.n - j] = -phases[j];
    return [coefficientsToSlots(phases).real];
  }
  const { real, imaginary } = coefficientsToSlots(phases);
  // X^(N/2) is i in slots of even index and −i in the others, by SEAL's generator 3.
  return [real, imaginary.map((value, i) => (i % 2 === 0 ? value : -value))];
}

/** 2^6·c0 + c1·s in [−2^(T−1), 2^(T−1)), where c0 was published. */
function phasesOf(secret: SecretKey, { c0, c1 }: PublishedPiece, bits: number, { n }: ParameterSet): Float64Array {
  // Halves of twelve bits: their products with a ternary secret stay below 2^27 and do not wrap around modulo the prime.
  const low = timesSecret(
    secret,
    c1.map((x) => x & 0xfff),
  );
  const high = timesSecret(
    secret,
    c1.map((x) => x >>> 12),
  );
  const [modulus, half] = [2 ** bits, 2 ** (bits - 1)];
  const phases = new Float64Array(n);
  for (let k = 0; k < c0.length; k++) {
    const sum = c0[k] * 2 ** FIRST_BITS_LESS + high[k] * 4096 + low[k];
    phases[k] = ((((sum + half) % modulus) + modulus) % modulus) - half;
  }
  return phases;
}

/** The product with the secret over the integers; every coefficient is below half the first prime. */
function timesSecret(secret: SecretKey, values: Uint32Array): Int32Array {
  const { n } = secret.params;
  const [ntt] = transformsOf(secret.params, 1);
  ntt.forward(values);
  const product = mulPolynomials(values, secretResidues(secret).subarray(0, n), ntt.q);
  ntt.inverse(product);
  const half = (ntt.q - 1) / 2;
  return Int32Array.from(product, (x) => (x > half ? x - ntt.q : x));
}
