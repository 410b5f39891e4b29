/** The parameter sets plans are compiled for, each with what it gives and what it costs. */
import { packed30Bytes } from "../ring/pack30.ts";
import { modulusBits, parameterSet, type ParameterSet } from "./parameters.ts";

/** A parameter set with the figures a compiler and a person choose by. */
export interface NamedSet {
  readonly set: ParameterSet;
  /** Slots of a ciphertext, N/2. */
  readonly slots: number;
  /** Rescales from the top level to level 1. */
  readonly depth: number;
  /** The scale the primes are made for, in bits: a rescale divides by nearly 2^scaleBits. */
  readonly scaleBits: number;
  /** Bits of all primes together; the security bound of N is on these. */
  readonly modulusBits: number;
  /** Classical security in bits, by the HomomorphicEncryption.org standard. */
  readonly securityBits: 128;
  /** Bytes of one Galois key usable at the top level, in a pack. */
  readonly galoisKeyBytes: number;
  /** Bytes of the residues of one input at the top level. */
  readonly inputBytes: number;
}

function singles(count: number): number[][] {
  return Array.from({ length: count }, (_, index) => [index]);
}

function annotate(set: ParameterSet): NamedSet {
  const levels = set.data.length;
  const polynomial = packed30Bytes(set.n);
  return Object.freeze({
    set,
    slots: set.n / 2,
    depth: levels - 1,
    scaleBits: 30,
    modulusBits: modulusBits(set),
    securityBits: 128,
    galoisKeyBytes: levels * (levels + set.special.length) * polynomial,
    inputBytes: levels * polynomial,
  });
}

/** N = 8192, six data primes and one special, 210 of 218 bits: the primes of SEAL's `CoeffModulus::Create(8192, {30 × 7})`, in its order. */
export const N8192_D6_S1: NamedSet = annotate(
  parameterSet({
    version: 1,
    id: "n8192-d6-s1",
    n: 8192,
    data: [1073184769, 1073233921, 1073299457, 1073430529, 1073479681, 1073643521],
    special: [1073692673],
    groups: singles(6),
  }),
);

/** N = 16384, thirteen data primes and one special, 420 of 438 bits: those of `CoeffModulus::Create(16384, {30 × 14})`, in its order. */
export const N16384_D13_S1: NamedSet = annotate(
  parameterSet({
    version: 1,
    id: "n16384-d13-s1",
    n: 16384,
    data: [
      1068466177, 1068564481, 1069219841, 1070432257, 1070727169, 1071087617, 1071415297, 1071513601, 1072496641,
      1072857089, 1073053697, 1073184769, 1073479681,
    ],
    special: [1073643521],
    groups: singles(13),
  }),
);

/** All named sets, cheapest first. */
export const NAMED_SETS: readonly NamedSet[] = Object.freeze([N8192_D6_S1, N16384_D13_S1]);
