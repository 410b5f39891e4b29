import { expandPolynomial, type ExpandPolynomial } from "../ckks/key-set.ts";
import { limb, primesOf } from "../ckks/residues.ts";
import { KernelUnavailableError } from "./errors.ts";
import { createExpander, type Expander } from "./expander.ts";

/** `expandPolynomial` (`ckks/key-set.ts`) by an expander. */
export function expandWith(expander: Expander): ExpandPolynomial {
  return (seed, label, params, level, basis) => {
    const primes = primesOf(params, level, basis);
    const requests = primes.map((prime) => ({ label, prime }));
    const residues = new Uint32Array(primes.length * params.n);
    // In place: what is thrown away for every key together takes as much as the keys, until the collector comes to it.
    const limbs = requests.map((_, i) => limb(residues, i, params.n));
    expander.expand(seed, requests, params.n, limbs);
    return residues;
  };
}

let fastest: Promise<ExpandPolynomial> | undefined;

/**
 * The fastest `expandPolynomial` there is here: plain TypeScript where WebAssembly SIMD is missing or forbidden. Made once,
 * and kept: what it expands is public, and no call leaves anything for the next.
 */
export function fastestExpansion(): Promise<ExpandPolynomial> {
  return (fastest ??= findFastest());
}

async function findFastest(): Promise<ExpandPolynomial> {
  try {
    return expandWith(await createExpander());
  } catch (error) {
    if (!(error instanceof KernelUnavailableError)) throw error;
    return expandPolynomial;
  }
}
