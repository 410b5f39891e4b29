/** Reference arithmetic on polynomials in BigInt, and sources of test polynomials. */

/** Product modulo X^n + 1 by the definition. */
export function schoolbookNegacyclic(a: Uint32Array, b: Uint32Array, q: number): Uint32Array {
  const n = a.length;
  const sums = new Array<bigint>(n).fill(0n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const product = BigInt(a[i]) * BigInt(b[j]);
      if (i + j < n) sums[i + j] += product;
      else sums[i + j - n] -= product;
    }
  }
  const modulus = BigInt(q);
  return Uint32Array.from(sums, (sum) => Number(((sum % modulus) + modulus) % modulus));
}

/** Reproducible residues in [0, q): xorshift32, not uniform to the last bit, which no test needs. */
export function somePolynomial(n: number, q: number, seed: number): Uint32Array {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  return Uint32Array.from({ length: n }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    return state % q;
  });
}

/** Inputs that push every lane to its bounds: all zero, all q − 1, alternating, and single extreme coefficients. */
export function adversarialPolynomials(n: number, q: number): [string, Uint32Array][] {
  return [
    ["all 0", new Uint32Array(n)],
    ["all q − 1", new Uint32Array(n).fill(q - 1)],
    ["0 and q − 1 in turn", Uint32Array.from({ length: n }, (_, i) => (i % 2) * (q - 1))],
    ["first half q − 1", Uint32Array.from({ length: n }, (_, i) => (i < n / 2 ? q - 1 : 0))],
    ["1 at the start", Uint32Array.from({ length: n }, (_, i) => (i === 0 ? 1 : 0))],
    ["q − 1 at the end", Uint32Array.from({ length: n }, (_, i) => (i === n - 1 ? q - 1 : 0))],
    ["q/2 everywhere", new Uint32Array(n).fill((q - 1) / 2)],
  ];
}
