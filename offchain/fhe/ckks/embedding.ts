/**
 * The canonical embedding of CKKS: slot j of a real polynomial m of degree < N is m(ζ^(3^j)), ζ = exp(πi/N).
 *
 * Cheon, Kim, Kim, Song, "Homomorphic Encryption for Arithmetic of Approximate Numbers" (2017), section 3.2, with the generator 3 of SEAL
 * (`CKKSEncoder`, ckks.cpp) in place of 5.
 *
 * Method: of 3^j and −3^j exactly one is ≡ 1 mod 4, and m at conjugate points has conjugate values; so N/2 evaluations at ζ^(4t+1)
 * suffice. There X^(N/2) = i, so with u_k = (m_k + i·m_{k+N/2})·ζ^k the value at ζ^(4t+1) is Σ_k u_k·ω^(tk), ω = exp(2πi/(N/2)):
 * one complex Fourier transform of N/2 points.
 */
import { bitReverse, logDegree } from "../ring/bit-reverse.ts";

/** Complex numbers, parts apart. */
export interface Complex {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

interface Tables {
  /** ω^k, k < N/4. */
  readonly roots: Complex;
  /** ζ^k, k < N/2. */
  readonly twist: Complex;
  readonly bitReversed: Uint32Array;
  /** Slot j is point `point[j]`, conjugated where `conjugated[j]` is −1, else 1. */
  readonly point: Uint32Array;
  readonly conjugated: Float64Array;
}

// One entry a ring degree of the security table, at most six.
const tables = new Map<number, Tables>();

function tablesOf(n: number): Tables {
  let entry = tables.get(n);
  if (entry === undefined) {
    entry = makeTables(n);
    tables.set(n, entry);
  }
  return entry;
}

function unitPowers(count: number, order: number): Complex {
  const angle = (k: number): number => (2 * Math.PI * k) / order;
  return {
    real: Float64Array.from({ length: count }, (_, k) => Math.cos(angle(k))),
    imaginary: Float64Array.from({ length: count }, (_, k) => Math.sin(angle(k))),
  };
}

function makeTables(n: number): Tables {
  const points = n / 2;
  const bits = logDegree(points);
  const point = new Uint32Array(points);
  const conjugated = new Float64Array(points);
  for (let j = 0, exponent = 1; j < points; j++, exponent = (exponent * 3) % (2 * n)) {
    const direct = exponent % 4 === 1;
    point[j] = ((direct ? exponent : 2 * n - exponent) - 1) / 4;
    conjugated[j] = direct ? 1 : -1;
  }
  return {
    roots: unitPowers(points / 2, points),
    twist: unitPowers(points, 2 * n),
    bitReversed: Uint32Array.from({ length: points }, (_, k) => bitReverse(k, bits)),
    point,
    conjugated,
  };
}

/** In-place radix-2 Fourier transform of bit-reversed input; `sign` is that of the exponent. */
function transform({ real, imaginary }: Complex, { roots }: Tables, sign: 1 | -1): void {
  const points = real.length;
  for (let gap = 1; gap < points; gap *= 2) {
    const stride = points / (2 * gap);
    for (let k = 0; k < gap; k++) {
      const c = roots.real[k * stride];
      const s = sign * roots.imaginary[k * stride];
      for (let i = k; i < points; i += 2 * gap) {
        const j = i + gap;
        const re = real[j] * c - imaginary[j] * s;
        const im = real[j] * s + imaginary[j] * c;
        real[j] = real[i] - re;
        imaginary[j] = imaginary[i] - im;
        real[i] += re;
        imaginary[i] += im;
      }
    }
  }
}

/**
 * The values of a real polynomial in its slots.
 *
 * @param coefficients N real coefficients, N a power of two
 * @returns N/2 complex values, slot by slot
 */
export function coefficientsToSlots(coefficients: Float64Array): Complex {
  const n = coefficients.length;
  const points = n / 2;
  const table = tablesOf(n);
  const u: Complex = { real: new Float64Array(points), imaginary: new Float64Array(points) };
  for (let k = 0; k < points; k++) {
    const re = coefficients[k];
    const im = coefficients[k + points];
    const c = table.twist.real[k];
    const s = table.twist.imaginary[k];
    const to = table.bitReversed[k];
    u.real[to] = re * c - im * s;
    u.imaginary[to] = re * s + im * c;
  }
  transform(u, table, 1);
  return {
    real: Float64Array.from(table.point, (point) => u.real[point]),
    imaginary: Float64Array.from(table.point, (point, j) => u.imaginary[point] * table.conjugated[j]),
  };
}

/**
 * The real polynomial with given values in its slots; undoes `coefficientsToSlots`.
 *
 * @param real N/2 real parts, slot by slot
 * @param imaginary N/2 imaginary parts; zero when omitted
 * @param factor multiplies every coefficient: the scale of an encoding
 * @returns N real coefficients, not rounded
 */
export function slotsToCoefficients(real: Float64Array, imaginary?: Float64Array, factor = 1): Float64Array {
  const points = real.length;
  const table = tablesOf(2 * points);
  const u: Complex = { real: new Float64Array(points), imaginary: new Float64Array(points) };
  for (let j = 0; j < points; j++) {
    const to = table.bitReversed[table.point[j]];
    u.real[to] = real[j];
    if (imaginary !== undefined) u.imaginary[to] = imaginary[j] * table.conjugated[j];
  }
  transform(u, table, -1);
  const coefficients = new Float64Array(2 * points);
  const scale = factor / points;
  for (let k = 0; k < points; k++) {
    const c = table.twist.real[k];
    const s = table.twist.imaginary[k];
    coefficients[k] = (u.real[k] * c + u.imaginary[k] * s) * scale;
    coefficients[k + points] = (u.imaginary[k] * c - u.real[k] * s) * scale;
  }
  return coefficients;
}
