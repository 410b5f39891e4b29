import { bitReverse, logDegree } from "./bit-reverse.ts";
import { mulMod } from "./modular.ts";

/**
 * Powers of a root of unity in the order the transforms take them: table[bitrev(i)] = root^i.
 *
 * @param root residue in [0, q)
 * @param n how many, a power of two
 * @param q modulus below 2^30
 */
export function rootPowers(root: number, n: number, q: number): Uint32Array {
  const logN = logDegree(n);
  const table = new Uint32Array(n);
  let power = 1;
  for (let i = 0; i < n; i++) {
    table[bitReverse(i, logN)] = power;
    power = mulMod(power, root, q);
  }
  return table;
}
