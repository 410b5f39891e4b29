import { MODULUS_BOUND, mulMod, powMod } from "./modular.ts";

/** Witnesses that make Miller–Rabin exact below 3,215,031,751 (Jaeschke 1993). */
const WITNESSES = [2, 3, 5, 7] as const;

/**
 * Exact primality test for integers below 2^30.
 *
 * @param n integer in [0, 2^30)
 */
export function isPrime(n: number): boolean {
  if (!Number.isInteger(n) || n < 0 || n >= MODULUS_BOUND) throw new RangeError(`${n} is not an integer in [0, 2^30)`);
  if (n < 2) return false;
  for (const p of WITNESSES) {
    if (n === p) return true;
    if (n % p === 0) return false;
  }
  let odd = n - 1;
  let twos = 0;
  while (odd % 2 === 0) {
    odd /= 2;
    twos += 1;
  }
  return WITNESSES.every((witness) => {
    let x = powMod(witness, odd, n);
    if (x === 1 || x === n - 1) return true;
    for (let i = 1; i < twos; i++) {
      x = mulMod(x, x, n);
      if (x === n - 1) return true;
    }
    return false;
  });
}

/**
 * Primes p ≡ 1 (mod 2n) of an exact bit length, largest first: the search of SEAL's `get_primes` (util/numth.cpp).
 *
 * @param n ring degree, a power of two
 * @param bits bit length of each prime, at most 30
 * @param count how many
 * @throws RangeError when there are not that many
 */
export function nttPrimes(n: number, bits: number, count: number): number[] {
  if (bits > 30 || bits < 2) throw new RangeError(`primes of ${bits} bits are outside [2, 30]`);
  const step = 2 * n;
  const found: number[] = [];
  const lowest = 2 ** (bits - 1);
  for (let p = Math.floor((2 ** bits - 1) / step) * step + 1; p > lowest && found.length < count; p -= step) {
    if (p < 2 ** bits && isPrime(p)) found.push(p);
  }
  if (found.length < count) throw new RangeError(`there are only ${found.length} primes of ${bits} bits for n = ${n}`);
  return found;
}

/**
 * The primes SEAL's `CoeffModulus::Create` returns, in its order: of primes with equal bit length the smallest comes first.
 *
 * @param n ring degree, a power of two
 * @param bitSizes bit length of each prime in order, each at most 30
 * @throws RangeError when there are not enough primes of a length
 */
export function coeffModulus(n: number, bitSizes: readonly number[]): number[] {
  const pools = new Map<number, number[]>();
  for (const bits of new Set(bitSizes)) {
    pools.set(bits, nttPrimes(n, bits, bitSizes.filter((other) => other === bits).length));
  }
  return bitSizes.map((bits) => pools.get(bits)!.pop()!);
}

/**
 * The smallest primitive root of unity of a power-of-two order, as SEAL's `try_minimal_primitive_root` chooses it.
 *
 * @param order power of two, at least 2, dividing q − 1 (2n for the negacyclic transform)
 * @param q prime below 2^30
 * @throws RangeError when q has no such root
 */
export function minimalPrimitiveRoot(order: number, q: number): number {
  if ((q - 1) % order !== 0) throw new RangeError(`${q} has no root of unity of order ${order}`);
  let root = 0;
  for (let base = 2; base < q; base++) {
    const candidate = powMod(base, (q - 1) / order, q);
    if (powMod(candidate, order / 2, q) === q - 1) {
      root = candidate;
      break;
    }
  }
  if (root === 0) throw new RangeError(`${q} has no root of unity of order ${order}`);
  // All primitive roots are the odd powers of one of them.
  const square = mulMod(root, root, q);
  let least = root;
  for (let i = 1; i < order / 2; i++) {
    root = mulMod(root, square, q);
    if (root < least) least = root;
  }
  return least;
}
