/**
 * Encoding: slot values ↔ residues in NTT form. Slot order and rounding are those of SEAL's `CKKSEncoder`.
 *
 * Only a publisher and a user encode or decode; evaluation never sees a float.
 */
import { CloakworkError } from "../../errors.ts";
import { centredCoefficients } from "./crt.ts";
import { coefficientsToSlots, slotsToCoefficients, type Complex } from "./embedding.ts";
import type { ParameterSet } from "./parameters.ts";
import { limb, primesOf, transformsOf, type Basis } from "./residues.ts";

/** Values cannot be encoded. The message never holds a value. */
export class EncodingError extends CloakworkError {
  constructor(code: "ENCODING_NOT_FINITE" | "ENCODING_OVERFLOW" | "ENCODING_SCALE", reason: string) {
    super(code, `The values cannot be encoded: ${reason}.`, "Check the values against the range the model declares.");
  }
}

/** How values become integers. */
export interface Encoding {
  /** Factor before rounding, positive; the scale of the plaintext. */
  readonly scale: number;
  /** Data primes, 1 … L. */
  readonly level: number;
  /** `Q` unless given. */
  readonly basis?: Basis;
}

/** Below this magnitude a double holds a fraction bit, and the branch-free reduction is exact. */
const FAST_BOUND = 2 ** 51;

/**
 * Encodes slots.
 *
 * @param values N/2 real parts
 * @param imaginary N/2 imaginary parts; zero when omitted
 * @returns residues in NTT form, limb by limb: level (+ special) × N
 * @throws RangeError when the number of values is not N/2
 * @throws EncodingError when a value is not finite or a coefficient reaches half the modulus
 */
export function encode(
  set: ParameterSet,
  values: Float64Array,
  encoding: Encoding,
  imaginary?: Float64Array,
): Uint32Array<ArrayBuffer> {
  for (const part of imaginary === undefined ? [values] : [values, imaginary]) {
    if (part.length !== set.n / 2) throw new RangeError(`${set.id} has ${set.n / 2} slots, not ${part.length}`);
    checkFinite(part);
  }
  checkScale(encoding.scale);
  return encodeCoefficients(
    set,
    slotsToCoefficients(values, imaginary, encoding.scale),
    encoding.level,
    encoding.basis,
  );
}

/**
 * Encodes one value for every slot: the constant polynomial round(value·scale), whose NTT form repeats one residue.
 *
 * @returns one residue a limb
 * @throws EncodingError as `encode`
 */
export function encodeScalar(
  set: ParameterSet,
  value: number,
  { scale, level, basis = "Q" }: Encoding,
): Uint32Array<ArrayBuffer> {
  checkFinite([value]);
  checkScale(scale);
  const coefficient = Float64Array.of(value * scale);
  const primes = primesOf(set, level, basis);
  checkMagnitude(roundCoefficients(coefficient), primes);
  return Uint32Array.from(primes, (prime) => reduce(coefficient, prime, new Uint32Array(1))[0]);
}

/**
 * Rounds the coefficients of a polynomial and brings them to NTT form.
 *
 * @param coefficients N reals; overwritten by their rounded values
 * @returns residues in NTT form, limb by limb
 * @throws EncodingError when a coefficient reaches half the modulus
 */
export function encodeCoefficients(
  set: ParameterSet,
  coefficients: Float64Array,
  level: number,
  basis: Basis = "Q",
): Uint32Array<ArrayBuffer> {
  const transforms = transformsOf(set, level, basis);
  const largest = roundCoefficients(coefficients);
  checkMagnitude(
    largest,
    transforms.map((ntt) => ntt.q),
  );
  const residues = new Uint32Array(transforms.length * set.n);
  transforms.forEach((ntt, i) => {
    ntt.forward(reduce(coefficients, ntt.q, limb(residues, i, set.n), largest));
  });
  return residues;
}

/**
 * Decodes slots: exact Chinese remainders, centred, divided by the scale.
 *
 * @param residues NTT form, limb by limb, `level` limbs
 * @param scale the plaintext's scale, positive
 * @returns N/2 real parts
 */
export function decode(set: ParameterSet, residues: Uint32Array, { scale, level, basis }: Encoding): Float64Array {
  return decodeComplex(set, residues, basis === undefined ? { scale, level } : { scale, level, basis }).real;
}

/** As `decode`, with the imaginary parts. */
export function decodeComplex(
  set: ParameterSet,
  residues: Uint32Array,
  { scale, level, basis = "Q" }: Encoding,
): Complex {
  checkScale(scale);
  const coefficients = decodeCoefficients(set, residues, level, basis);
  for (let k = 0; k < coefficients.length; k++) coefficients[k] /= scale;
  return coefficientsToSlots(coefficients);
}

/**
 * The centred integer coefficients of a polynomial.
 *
 * @param residues NTT form, limb by limb; left as they are
 * @returns N numbers, exact up to 2^53
 * @throws RangeError when the number of residues does not fit level and basis
 */
export function decodeCoefficients(
  set: ParameterSet,
  residues: Uint32Array,
  level: number,
  basis: Basis = "Q",
): Float64Array {
  const transforms = transformsOf(set, level, basis);
  if (residues.length !== transforms.length * set.n) {
    throw new RangeError(`${residues.length} residues are not ${transforms.length} limbs of ${set.n}`);
  }
  const coefficients = residues.slice();
  transforms.forEach((ntt, i) => {
    ntt.inverse(limb(coefficients, i, set.n));
  });
  return centredCoefficients(coefficients, primesOf(set, level, basis), set.n);
}

/** Rounds in place, halves away from zero as C's `round`. @returns the largest magnitude */
function roundCoefficients(coefficients: Float64Array): number {
  let largest = 0;
  for (let k = 0; k < coefficients.length; k++) {
    const magnitude = Math.round(Math.abs(coefficients[k]));
    coefficients[k] = Math.sign(coefficients[k]) * magnitude;
    largest = Math.max(largest, magnitude);
  }
  return largest;
}

/**
 * Residues of integers held in doubles, exact for every finite one. Below FAST_BOUND without a branch or a remainder whose time depends
 * on the value, since the values are what the encryption is to hide.
 */
function reduce(integers: Float64Array, q: number, out: Uint32Array, largest = Infinity): Uint32Array {
  if (largest < FAST_BOUND) {
    const inverse = 1 / q;
    for (let k = 0; k < out.length; k++) {
      // The quotient is off by at most one; the product is below 2^53, so the difference is exact.
      let r = (integers[k] - Math.floor(integers[k] * inverse) * q) | 0;
      r += (r >> 31) & q;
      r -= q;
      out[k] = r + ((r >> 31) & q);
    }
  } else {
    for (let k = 0; k < out.length; k++) {
      const r = integers[k] % q;
      out[k] = r < 0 ? r + q : r;
    }
  }
  return out;
}

function checkFinite(values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i]))
      throw new EncodingError("ENCODING_NOT_FINITE", `value ${i} is not a finite number`);
  }
}

function checkScale(scale: number): void {
  if (!Number.isFinite(scale) || scale <= 0)
    throw new EncodingError("ENCODING_SCALE", "the scale is not a positive number");
}

function checkMagnitude(largest: number, primes: readonly number[]): void {
  const half = primes.reduce((product, prime) => product * prime, 0.5);
  if (!(largest < half)) throw new EncodingError("ENCODING_OVERFLOW", "a coefficient reaches half the modulus");
}
