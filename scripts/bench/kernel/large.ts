import { createKernel } from "../../../offchain/fhe/kernel/kernel.ts";
import { Owner } from "../../../offchain/fhe/kernel/owner.ts";
import { nttPrimes } from "../../../offchain/fhe/ring/primes.ts";
import { type Line, rounded, takeTurns } from "./turns.ts";

const N = 32768;
const DATA = 21;

/** Times a rotation at the top level with 21 data primes in three digits and 8 special primes, and with one prime a digit and one special. */
export async function compareLarge(): Promise<Line<"grouped" | "single">> {
  using owner = new Owner();
  const primes = nttPrimes(N, 30, DATA + 8);
  const rotationOf = async (groupSize: number, specials: number): Promise<() => void> => {
    const all = primes.slice(0, DATA + specials);
    const groups = Array.from({ length: DATA / groupSize }, (_, g) =>
      Array.from({ length: groupSize }, (_, i) => g * groupSize + i),
    );
    const params = { n: N, data: all.slice(0, DATA), special: all.slice(DATA), groups };
    const kernel = await createKernel({ params, semantics: "hoisted-1" });
    // What residues stand there makes no difference to the time.
    const rows = all.map((q, i) => Uint32Array.from({ length: N }, (_, k) => (k * 2654435761 + i) % q));
    const data = rows.slice(0, DATA);
    const value = kernel.importCiphertext(owner, [...data, ...data], DATA);
    const key = kernel.importKey(
      owner,
      3,
      DATA,
      groups.map(() => ({ b: rows, a: rows })),
    );
    return () => {
      kernel.rotate(value, key).dispose();
    };
  };
  const [grouped, single] = takeTurns(await rotationOf(7, 8), await rotationOf(1, 1));
  return {
    op: "rotate",
    n: N,
    primes: DATA + 8,
    ms: { grouped: rounded(grouped), single: rounded(single) },
    ratio: rounded(single / grouped),
  };
}
