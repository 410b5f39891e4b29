import type { ParameterSet } from "../ckks/parameters.ts";
import { CompactResultError } from "./errors.ts";
import { switchToSmall } from "./modulus-switch.ts";
import type { SwitchKey } from "./opened-keys.ts";
import { checkShape, publishedCount, publishedStride, type CompactShape } from "./shape.ts";
import { DIGIT_BITS, DIGITS } from "./small-keys.ts";
import { SMALL_DEGREE, SMALL_MASK, SMALL_MODULUS } from "./small-ring.ts";
import { plainArithmetic, type SwitchArithmetic } from "./switch-arithmetic.ts";

/** A ciphertext of the small ring modulo 2^27 under the small secret. Not masked: it must not be published. */
export interface SmallCiphertext {
  /** The published coefficients of the first component, 2·period. */
  readonly t0: Uint32Array;
  /** The second component, 1,024 coefficients. */
  readonly t1: Uint32Array;
}

/**
 * Cuts a level-1 ciphertext down to the small ring (docs/spec/compact-1.md, section 3).
 *
 * @param c0 N residues modulo the first data prime, NTT form; left as they are
 * @param c1 as c0
 * @param arithmetic how it is computed; in plain functions when omitted
 * @throws RangeError when the residues are not N in number or not below the prime
 * @throws CompactResultError when the parameter set or the shape does not fit compact-1
 */
export function switchRing(
  c0: Uint32Array,
  c1: Uint32Array,
  key: SwitchKey,
  shape: CompactShape,
  arithmetic: SwitchArithmetic = plainArithmetic,
): SmallCiphertext {
  checkShape(shape);
  checkCompactParams(key.params);
  const { n, data } = key.params;
  const q = data[0];
  const rows = n / SMALL_DEGREE;
  checkResidues(c0, key.params);
  checkResidues(c1, key.params);
  const first = arithmetic.coefficients(c0, key.params);
  const second = arithmetic.coefficients(c1, key.params);

  const digits = Array.from({ length: rows * DIGITS }, () => new Int32Array(SMALL_DEGREE));
  for (let row = 0; row < rows; row++) {
    const own = digits.slice(row * DIGITS, (row + 1) * DIGITS);
    for (let m = 0; m < SMALL_DEGREE; m++) decompose(switchToSmall(second[rows * m + row], q), own, m);
  }
  const [switched, t1] = arithmetic.sums(digits, key.samples);
  const stride = publishedStride(shape);
  const t0 = Uint32Array.from(
    { length: publishedCount(shape) },
    (_, j) => (switched[stride * j] + switchToSmall(first[rows * stride * j], q)) & SMALL_MASK,
  );
  return { t0, t1 };
}

/** Whether a parameter set can have compact results: its first prime must exceed the modulus of the small ring. */
export function supportsCompact(params: ParameterSet): boolean {
  return params.data[0] > SMALL_MODULUS && params.n >= SMALL_DEGREE;
}

/**
 * Refuses a parameter set that cannot have compact results.
 *
 * @throws CompactResultError with code `COMPACT_SHAPE`
 */
export function checkCompactParams(params: ParameterSet): void {
  if (supportsCompact(params)) return;
  throw new CompactResultError(
    "COMPACT_SHAPE",
    "The first prime of this parameter set is too small for a compact result.",
    "Compile the model for one of the named parameter sets.",
  );
}

/** Digits of one coefficient in [0, 2^27), balanced, lowest first, into place m of each digit's polynomial. */
function decompose(coefficient: number, digits: readonly Int32Array[], m: number): void {
  // Sign extension from 27 bits gives the representative in [−2^26, 2^26).
  let rest = (coefficient << 5) >> 5;
  for (let j = 0; j < DIGITS - 1; j++) {
    digits[j][m] = ((rest + 8) & 15) - 8;
    rest = (rest + 8) >> DIGIT_BITS;
  }
  digits[DIGITS - 1][m] = rest;
}

function checkResidues(residues: Uint32Array, params: ParameterSet): void {
  const q = params.data[0];
  if (residues.length !== params.n)
    throw new RangeError(`a component at level 1 has ${params.n} residues, not ${residues.length}`);
  for (let i = 0; i < residues.length; i++)
    if (residues[i] >= q) throw new RangeError(`residue ${i} is not below its prime`);
}
