import { equalBytes } from "../../digest/bytes.ts";
import type { ParameterSet } from "../ckks/parameters.ts";
import { Raw } from "../ckks/raw.ts";
import type { Untrusted } from "../ckks/untrusted.ts";
import type { OutputLayout } from "../plan/plan.ts";
import { parseCompact, type CompactCiphertext } from "./compact-format.ts";
import { CompactKeyError, CompactResultError } from "./errors.ts";
import { contextDigest, type MaskContext } from "./mask-context.ts";
import { BOUND_SIGMAS, compactErrorDeviation } from "./noise.ts";
import { checkCompactParams } from "./ring-switch.ts";
import type { CompactShape } from "./shape.ts";
import { smallSecretCoefficients, type SmallSecret } from "./small-secret.ts";
import { SMALL_DEGREE } from "./small-ring.ts";

/** What a user needs to open a result. */
export interface OpenCompactRequest {
  readonly secret: SmallSecret;
  /** The result as it came from the chain. */
  readonly bytes: Untrusted<Uint8Array>;
  readonly params: ParameterSet;
  /** Scale of the value the plan compacts. */
  readonly scale: number;
  /** Where the plan puts the outputs. */
  readonly layout: OutputLayout;
  /** What the plan's `compact` instruction asks for. */
  readonly shape: CompactShape;
  /** The request the result must answer. */
  readonly expected: MaskContext;
  /** Bound on the error of the evaluation before it was compacted, in units of the values. */
  readonly evaluationError: number;
}

/** Opened values with how far they may be from what the model gives. */
export interface OpenedCompact {
  /** One value an output, in the layout's order. */
  readonly values: Raw;
  /** Bound on the error of each: that of the evaluation and six deviations of what the compact result added. */
  readonly errorBound: number;
}

/**
 * Opens a compact result with the small secret.
 *
 * @throws CompactResultError when the bytes are malformed, of another shape, or answer another request
 * @throws CompactKeyError when the secret belongs to another key set
 * @throws RangeError when the layout does not fit the shape, or scale or error are not numbers of the right sign
 */
export function openCompact(request: OpenCompactRequest): OpenedCompact {
  const { secret, params, scale, layout, shape, expected, evaluationError } = request;
  checkCompactParams(params);
  if (!(scale > 0 && Number.isFinite(scale))) throw new RangeError("a scale is a positive number");
  if (!(evaluationError >= 0 && Number.isFinite(evaluationError)))
    throw new RangeError("an error bound is not negative");
  if (layout.period !== shape.period)
    throw new RangeError(`the layout repeats with ${layout.period}, the result with ${shape.period}`);
  if (layout.slots.some((slot) => !Number.isInteger(slot) || slot < 0 || slot >= layout.period)) {
    throw new RangeError("an output lies outside its layout's period");
  }
  if (secret.keySet !== expected.keySet)
    throw new CompactKeyError("the small secret belongs to another key set than the result");

  const result = parseCompact(request.bytes);
  if (result.shape.bits !== shape.bits || result.shape.period !== shape.period || result.shape.ring !== shape.ring) {
    refuseContext("it has another shape than the plan's");
  }
  if (!equalBytes(result.context, contextDigest(expected, shape))) refuseContext("it was made for another request");

  const phases = decryptPhases(smallSecretCoefficients(secret), result);
  const unit = params.data[0] / (2 ** shape.bits * scale);
  return {
    values: new Raw(Float64Array.from(layout.slots, (slot) => evaluateSlot(phases, slot) * unit)),
    errorBound: evaluationError + BOUND_SIGMAS * compactErrorDeviation(params, shape, scale),
  };
}

/** c0 + c1·s′ at the published coefficients, in [−2^(T−1), 2^(T−1)). */
function decryptPhases(secret: Int8Array, { shape, c0, c1 }: CompactCiphertext): Int32Array {
  const stride = SMALL_DEGREE / c0.length;
  const unused = 32 - shape.bits;
  return Int32Array.from(c0, (first, j) => {
    // Negacyclic product at index `at`: c1_m meets s′_(at−m), with a sign once it has come around.
    const at = stride * j;
    let sum = first;
    for (let m = 0; m <= at; m++) sum += c1[m] * secret[at - m];
    for (let m = at + 1; m < SMALL_DEGREE; m++) sum -= c1[m] * secret[at - m + SMALL_DEGREE];
    return (sum << unused) >> unused;
  });
}

/** The real part of the polynomial at exp(πi·3^slot/count); 3 generates SEAL's order of slots. */
function evaluateSlot(phases: Int32Array, slot: number): number {
  const count = phases.length;
  let exponent = 1;
  for (let i = 0; i < slot; i++) exponent = (exponent * 3) % (2 * count);
  let sum = 0;
  for (let j = 0; j < count; j++) sum += phases[j] * Math.cos((Math.PI * ((exponent * j) % (2 * count))) / count);
  return sum;
}

function refuseContext(reason: string): never {
  throw new CompactResultError(
    "COMPACT_CONTEXT",
    `This is not the result that was asked for: ${reason}.`,
    "Fetch the result of this request from the chain; if the same bytes return, challenge the node.",
  );
}
