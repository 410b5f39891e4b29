/** What instructions cost, for choosing between layouts and for telling people. A model is of one semantics and one parameter set. */
import { digitGroups } from "../ckks/residues.ts";
import { packed30Bytes } from "../ring/pack30.ts";
import type { ParameterSet } from "../ckks/parameters.ts";
import type { SemanticsId } from "./plan.ts";

/** What has a cost, on ciphertexts of two polynomials. The first line is of both semantics. */
export type Operation =
  | "keySwitch"
  | "multiplyPlain"
  | "addPlain"
  | "add"
  /** One term of a sum of products with scalars. */
  | "term"
  | "multiply"
  | "square"
  | "rescale"
  /** A decomposition, of a value in the data primes or of an extended one. */
  | "decompose"
  | "decomposeExt"
  /** A rotation of what was decomposed, to the data primes or to the extended basis; and by nothing. */
  | "turn"
  | "turnExt"
  | "extend"
  | "relineariseExt"
  | "multiplyPlainExt"
  | "addExt"
  /** A division by the special primes, and by one data prime with them. */
  | "modDown"
  | "modDownRescale";

export interface CostModel {
  readonly semantics: SemanticsId;
  readonly params: ParameterSet;
  /**
   * Milliseconds of one operation.
   *
   * @param level of the operand
   */
  milliseconds(operation: Operation, level: number): number;
  /** Bytes of one rotation key used up to a level. */
  keyBytes(level: number): number;
  /** What bytes of rotation keys weigh beside the milliseconds of every evaluation: they are sent and stored once a user. */
  keyWeight(bytes: number): number;
}

/**
 * The costs of plans of a semantics under a parameter set.
 *
 * @param batch whether the plan is for a batch: those are evaluated on the SIMD kernel, whatever their semantics
 */
export function costModel(semantics: SemanticsId, params: ParameterSet, batch = false): CostModel {
  const milliseconds =
    semantics === "seal-4.1" && !batch
      ? (operation: Operation, level: number) => onSeal(operation, params.n, level)
      : (operation: Operation, level: number) => onKernel(operation, params, level);
  const known = new Map<Operation, number[]>();
  return {
    semantics,
    params,
    milliseconds(operation, level) {
      let levels = known.get(operation);
      if (levels === undefined) known.set(operation, (levels = []));
      return (levels[level] ??= milliseconds(operation, level));
    },
    keyBytes: (level) => digitGroups(params, level).length * (level + params.special.length) * packed30Bytes(params.n),
    keyWeight: (bytes) => weightOf(bytes / 1e6, KEY_WEIGHTS[semantics]),
  };
}

/** Milliseconds a megabyte weighs, up to some megabytes of rotation keys and beyond them. */
interface KeyWeight {
  readonly each: number;
  readonly plenty: number;
  readonly beyond: number;
}

/** In `hoisted-1` keys buy so much time that without a second weight plans would take more of them than people upload in patience. */
const KEY_WEIGHTS: Readonly<Record<SemanticsId, KeyWeight>> = {
  "seal-4.1": { each: 4, plenty: Infinity, beyond: 4 },
  "hoisted-1": { each: 0.75, plenty: 10, beyond: 3 },
};

function weightOf(megabytes: number, { each, plenty, beyond }: KeyWeight): number {
  return Math.min(megabytes, plenty) * each + Math.max(0, megabytes - plenty) * beyond;
}

/**
 * For `seal-4.1`: node-seal 7.0 under Node 24 on one core of an x86-64 server. Measured at N = 8192 with six data primes and one special, at levels
 * 2, 4 and 6, the best of 60 runs: a rotation 3.4, 8.2 and 15.5 ms. A key switch makes transforms of every digit modulo every prime, so it grows with the
 * square of the level; everything else grows with the level. Other degrees scale with N·log N. Milliseconds at N = 8192: [times the level, times its square].
 */
const SEAL_FACTORS: Partial<Record<Operation, readonly [number, number]>> = {
  keySwitch: [1.275, 0.2125],
  multiplyPlain: [0.21, 0],
  addPlain: [0.02, 0],
  add: [0.045, 0],
  term: [0.255, 0],
  multiply: [0.39, 0],
  square: [0.305, 0],
  rescale: [0.5, 0],
};

function onSeal(operation: Operation, n: number, level: number): number {
  const factors = SEAL_FACTORS[operation];
  if (factors === undefined) throw new RangeError(`${operation} is no operation of seal-4.1`);
  const [linear, square] = factors;
  return ((linear * level + square * level * level) * n * Math.log2(n)) / (8192 * 13);
}

/**
 * For `hoisted-1`: the SIMD kernel under Node 24 on one core of the same server, by what it does: transforms, and passes over the residues of a polynomial modulo one
 * prime. Measured at N = 8192 within the digits model's plan (6 + 2 primes in pairs), the fastest of 60 runs on a machine at work: at level 6 a decomposition 0.75 ms, a hoisted
 * rotation in the extended basis 0.25 ms, a division that rescales 0.56 ms; at level 3 0.33, 0.12 and 0.31 ms.
 * Batches of the digits and the risk model (`npm run bench -- throughput`) took 2.05 and 0.12 s with their results. `npm run bench -- inference` puts what
 * follows for a sample model, `estimatedMs`, beside what was measured, `ms.simd`, of which the compact result, left out here, is 2 to 4 ms.
 */
const MILLISECONDS_PER_TRANSFORM = 0.024;
const MILLISECONDS_PER_ROW = 0.0016;

/** Transforms and rows that are read or written. */
type Work = readonly [transforms: number, rows: number];

function onKernel(operation: Operation, params: ParameterSet, level: number): number {
  const { n } = params;
  const [transforms, rows] = workOf(operation, params, level);
  return (
    (transforms * MILLISECONDS_PER_TRANSFORM * n * Math.log2(n)) / (8192 * 13) +
    (rows * MILLISECONDS_PER_ROW * n) / 8192
  );
}

function workOf(operation: Operation, params: ParameterSet, level: number): Work {
  const specials = params.special.length;
  const limbs = level + specials;
  const groups = digitGroups(params, level);
  // Bringing residues modulo m primes to another prime: one transform; with several primes a pass over them before it.
  const lift = (m: number): Work => [1, m === 1 ? 2 : m + 4];
  const divide = (dropped: number, kept: number): Work =>
    sum([dropped, 2 * dropped], times(kept, sum(lift(dropped), [0, 3])));
  const lifts = groups.map(({ length }): Work => times(limbs - length, lift(length)));
  const decompose = sum([level, 2 * level], ...lifts, [0, 2 * (level + level)]);
  const accumulate: Work = [0, limbs * (3 * groups.length + 2)];
  const permute = (count: number): Work => [0, 4 * count];
  const turnExt = sum(accumulate, [0, 3 * level], permute(limbs));
  const modDown = times(2, divide(specials, level));
  const turn = sum(accumulate, modDown, [0, 2 * level], permute(level));
  const pair = (rows: number): Work => [0, rows];
  switch (operation) {
    case "keySwitch":
      return sum(decompose, turn);
    case "decompose":
      return decompose;
    case "decomposeExt":
      return sum(divide(specials, level), decompose);
    case "turn":
      return turn;
    case "turnExt":
      return turnExt;
    case "extend":
      return pair(6 * level);
    case "relineariseExt":
      return sum(decompose, accumulate, pair(6 * level));
    case "modDown":
      return modDown;
    case "modDownRescale":
      return times(2, divide(specials + 1, level - 1));
    case "rescale":
      return times(2, divide(1, level - 1));
    case "multiplyPlain":
      return pair(4 * level);
    case "multiplyPlainExt":
      return pair(4 * limbs);
    case "add":
      return pair(4 * level);
    case "term":
      // Operands of a batch's sums come from all over the memory: they cost more than the rows they are.
      return pair(5 * level);
    case "addExt":
      return pair(4 * limbs);
    case "addPlain":
      return pair(4 * level);
    case "multiply":
    case "square":
      return pair(12 * level);
  }
}

function sum(...parts: readonly Work[]): Work {
  return parts.reduce((a, b) => [a[0] + b[0], a[1] + b[1]], [0, 0]);
}

function times(count: number, [transforms, rows]: Work): Work {
  return [count * transforms, count * rows];
}
