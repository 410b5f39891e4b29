/**
 * Values that may leave the client. A decrypted value holds the error of its ciphertext, and enough of those errors give the secret key away (Li and
 * Micciancio, "On the security of homomorphic encryption on approximate numbers", 2021). A released value has fresh noise of
 * four error bounds on it and is rounded to sixteen, and how many a key set releases is counted.
 */
import type { Bytes32 } from "../../digest/hex.ts";
import { CloakworkError } from "../../errors.ts";
import type { Raw } from "../ckks/raw.ts";
import { platformRandom, type RandomSource } from "../ckks/sampling.ts";

/** A step is at least this many error bounds. */
export const STEP_BOUNDS = 16;

/**
 * Values one key set may release. An error bound is six deviations and the noise is at least 24, so by the bound of `maskingEstimate` a value tells
 * at most ½·log2(1 + 1.04/24²) = 0.0013 bits about its error, and the whole budget 5.4 bits, where the small secret has 1,623.
 */
export const RELEASE_BUDGET = 4096;

/** A release was refused: `RELEASE_BUDGET` or `RELEASE_NOT_FINITE`. */
export class ReleaseError extends CloakworkError {}

/** Counts what key sets have released. It must survive whatever the client survives: a count that is lost is a budget that is not kept. */
export interface ReleaseLedger {
  /**
   * Adds to the count of a key set, durably before it resolves, and never beyond the budget.
   *
   * @returns the new count, or undefined when it would pass the budget and nothing was added
   */
  spend(keySet: Bytes32, values: number, budget: number): Promise<number | undefined>;
}

let make: (keySet: Bytes32, step: number, multiples: readonly number[]) => Released;

/** Rounded values that may be shown to others, signed, or sent. Made by `release` alone. */
export class Released {
  readonly #brand = true;
  /** The key set whose budget paid for it. */
  readonly keySet: Bytes32;
  /** What the values were rounded to, a power of two, in their own unit. */
  readonly step: number;
  /** The values in steps. */
  readonly multiples: readonly number[];

  static {
    make = (keySet, step, multiples) => new Released(keySet, step, multiples);
  }

  private constructor(keySet: Bytes32, step: number, multiples: readonly number[]) {
    this.keySet = keySet;
    this.step = step;
    this.multiples = Object.freeze([...multiples]);
    Object.freeze(this);
  }

  /** Whether a value is a release, and not an object that looks like one. */
  static is(value: unknown): value is Released {
    return typeof value === "object" && value !== null && #brand in value && value.#brand;
  }

  /** The values, exact multiples of the step. */
  values(): number[] {
    return this.multiples.map((multiple) => multiple * this.step);
  }
}

/** What is released, and on whose account. */
export interface ReleaseRequest {
  /** Opened values and the bound on their error. */
  readonly opened: { readonly values: Raw; readonly errorBound: number };
  readonly keySet: Bytes32;
  readonly ledger: ReleaseLedger;
  /** The platform's generator unless a test says otherwise. */
  readonly random?: RandomSource;
}

// One decryption is released once: a second release of the same values under fresh noise would average the first one's away.
const releases = new WeakMap<Raw, Promise<Released>>();

/**
 * Releases decrypted values: adds fresh noise, rounds, and counts them against the key set's budget. Releasing the same decryption again gives the
 * same release and costs nothing.
 *
 * @throws ReleaseError when the budget does not cover the values, or a value or the bound is not a finite number
 */
export function release(request: ReleaseRequest): Promise<Released> {
  const { values } = request.opened;
  let released = releases.get(values);
  if (released === undefined) {
    released = releaseOnce(request);
    releases.set(values, released);
    released.catch(() => releases.delete(values));
  }
  return released;
}

/**
 * The step for an error bound: the least power of two that is sixteen of them.
 *
 * @param errorBound positive, in the unit of the values
 */
export function releaseStep(errorBound: number): number {
  return 2 ** Math.ceil(Math.log2(STEP_BOUNDS * errorBound));
}

async function releaseOnce({ opened, keySet, ledger, random = platformRandom }: ReleaseRequest): Promise<Released> {
  const values = opened.values.values();
  if (
    !(opened.errorBound > 0 && Number.isFinite(opened.errorBound)) ||
    !values.every((value) => Number.isFinite(value))
  ) {
    throw new ReleaseError(
      "RELEASE_NOT_FINITE",
      "The decrypted values are not all finite numbers.",
      "Ask for the result again.",
    );
  }
  const step = releaseStep(opened.errorBound);
  const count = await ledger.spend(keySet, values.length, RELEASE_BUDGET);
  if (count === undefined) {
    throw new ReleaseError(
      "RELEASE_BUDGET",
      `Releasing ${values.length} more values would pass the ${RELEASE_BUDGET} this key set may release.`,
      "Make a new key set; results already opened can still be read on this device.",
    );
  }
  const multiples = Array.from(values, (value) => Math.round(value / step + noise(random)));
  return make(keySet, step, multiples);
}

/** Noise in steps: four uniforms on (−½, ½), scaled to a deviation of a quarter step. */
function noise(random: RandomSource): number {
  const bytes = new Uint8Array(16);
  random(bytes);
  const words = new Uint32Array(bytes.buffer);
  const sum = words.reduce((total, word) => total + (word + 0.5) / 2 ** 32 - 0.5, 0);
  return (sum * Math.sqrt(3)) / 4;
}
