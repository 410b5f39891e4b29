/**
 * The companion ⌊w·2³²/q⌋ that lets the kernel multiply by a constant w with one upper product (assembly/lanes.ts).
 *
 * @param w residue in [0, q)
 * @param q modulus below 2^30
 */
export function shoup(w: number, q: number): number {
  const estimate = Math.floor((w / q) * 2 ** 32) >>> 0;
  // w·2³² − estimate·q modulo 2³²; the estimate is off by one at most.
  const remainder = -Math.imul(estimate, q) | 0;
  if (remainder < 0) return estimate - 1;
  return remainder >= q ? estimate + 1 : estimate;
}
