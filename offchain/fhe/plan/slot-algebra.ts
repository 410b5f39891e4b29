/** Rows of slot values and what instructions do to them; bounds and error estimates walk a plan with these. */

/** The value of slot i of a vector that repeats. */
export function slotOf(vector: Float64Array, i: number): number {
  // Periods are powers of two.
  return vector[i & (vector.length - 1)];
}

/** Slot i of the result is slot i + step. */
export function rotateSlots(values: Float64Array, step: number): Float64Array {
  const out = new Float64Array(values.length);
  out.set(values.subarray(step));
  out.set(values.subarray(0, step), values.length - step);
  return out;
}
