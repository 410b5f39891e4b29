/**
 * Arithmetic on four 32-bit lanes. Moduli are primes q < 2^30, so 4q fits a lane; ranges are stated as multiples of q.
 *
 * A product with a constant w follows Shoup: with w″ = ⌊w·2³²/q⌋ the remainder a·w − ⌊a·w″/2³²⌋·q lies in [0, 2q) for any
 * 32-bit a (Harvey, "Faster arithmetic for number-theoretic transforms", 2014). Products of two variables, and sums of
 * products, follow Montgomery with R = 2³².
 */

/** Upper words of four 64-bit lanes. */
@inline
export function upperWords(low: v128, top: v128): v128 {
  return i8x16.shuffle(low, top, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
}

/** Lower words of four 64-bit lanes. */
@inline
export function lowerWords(low: v128, top: v128): v128 {
  return i8x16.shuffle(low, top, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
}

/** Upper words of the four 64-bit products. */
@inline
export function high(a: v128, b: v128): v128 {
  return upperWords(i64x2.extmul_low_i32x4_u(a, b), i64x2.extmul_high_i32x4_u(a, b));
}

/** a·w modulo q, any a; in [0, 2q). */
@inline
export function times(a: v128, w: v128, shoup: v128, q: v128): v128 {
  return i32x4.sub(i32x4.mul(a, w), i32x4.mul(high(a, shoup), q));
}

/** Takes m off where that is possible: from [0, 2m) to [0, m). */
@inline
export function fold(a: v128, m: v128): v128 {
  return i32x4.min_u(a, i32x4.sub(a, m));
}

/** Adds q to lanes that went below zero: from (−q, q) to [0, q). */
@inline
export function lift(a: v128, q: v128): v128 {
  return i32x4.min_u(a, i32x4.add(a, q));
}

/** [0, 4q) to [0, q). */
@inline
export function canonical(a: v128, q: v128, q2: v128): v128 {
  return fold(fold(a, q2), q);
}

/**
 * Montgomery reduction of four 64-bit sums, lanes 0 and 1 in `low`, 2 and 3 in `top`: sum·2⁻³² modulo q, canonical.
 * The sums are below 4q·2³².
 */
@inline
export function reduce(low: v128, top: v128, q: v128, q2: v128, qInverse: v128): v128 {
  const carried = high(i32x4.mul(lowerWords(low, top), qInverse), q);
  return fold(lift(i32x4.sub(fold(upperWords(low, top), q2), carried), q), q);
}

/**
 * Brings 64-bit sums below 4q·2³² under 2q·2³², by taking 2q off the upper words; `q2High` holds 2q there and 0 in the
 * lower words.
 */
@inline
export function foldSums(sums: v128, q2High: v128): v128 {
  return i32x4.min_u(sums, i32x4.sub(sums, q2High));
}

/** In a build with assertions: traps unless every lane is below the bound. */
@inline
export function below(a: v128, bound: v128): void {
  if (!ASC_NO_ASSERT) assert(i32x4.all_true(i32x4.lt_u(a, bound)), "a lane left its range");
}

/** In a build with assertions: traps unless every 64-bit sum is below 4q·2³². */
@inline
export function sumsBelow(sums: v128, q: v128): void {
  if (!ASC_NO_ASSERT) {
    const upper = i64x2.shr_u(sums, 32);
    below(upper, i32x4.shl(q, 2));
  }
}
