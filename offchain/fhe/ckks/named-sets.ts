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

/** Groups of so many primes, the last of what is left. */
function grouped(count: number, size: number): number[][] {
  return Array.from({ length: Math.ceil(count / size) }, (_, g) =>
    Array.from({ length: Math.min(size, count - g * size) }, (_, i) => g * size + i),
  );
}

function annotate(set: ParameterSet, scaleBits = 30): NamedSet {
  const levels = set.data.length;
  const polynomial = packed30Bytes(set.n);
  return Object.freeze({
    set,
    slots: set.n / 2,
    depth: levels - 1,
    scaleBits,
    modulusBits: modulusBits(set),
    securityBits: 128,
    galoisKeyBytes: set.groups.length * (levels + set.special.length) * polynomial,
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

/**
 * N = 8192, six data primes in digits of two and two special primes, all of 27 bits (the first a little above 2^27, which compact results need), 216 of 218 bits: a key takes 0.74 MB where one prime
 * a digit takes 1.29, and a decomposition 24 transforms where it took 42. Three bits of precision are given for that. The primes are the NTT-friendly ones next to 2^27. For `hoisted-1` alone.
 */
export const N8192_D6_S2: NamedSet = annotate(
  parameterSet({
    version: 1,
    id: "n8192-d6-s2",
    n: 8192,
    data: [134250497, 132759553, 132825089, 133251073, 133513217, 133611521],
    special: [133644289, 133857281],
    groups: grouped(6, 2),
  }),
  27,
);

/**
 * N = 16384, ten data primes in digits of four, four and two, and four special primes, 420 of 438 bits: a key of 2.6 MB where one prime a digit takes 8.6. The primes are those of
 * `N16384_D13_S1`, the largest of them special. For `hoisted-1` alone.
 */
export const N16384_D10_S4: NamedSet = annotate(
  parameterSet({
    version: 1,
    id: "n16384-d10-s4",
    n: 16384,
    data: [
      1068466177, 1068564481, 1069219841, 1070432257, 1070727169, 1071087617, 1071415297, 1071513601, 1072496641,
      1072857089,
    ],
    special: [1073053697, 1073184769, 1073479681, 1073643521],
    groups: grouped(10, 4),
  }),
);

/** N = 16384 for two levels more: twelve data primes in digits of two and two special primes, the same primes again; a key of 5.2 MB. For `hoisted-1` alone. */
export const N16384_D12_S2: NamedSet = annotate(
  parameterSet({
    version: 1,
    id: "n16384-d12-s2",
    n: 16384,
    data: [
      1068466177, 1068564481, 1069219841, 1070432257, 1070727169, 1071087617, 1071415297, 1071513601, 1072496641,
      1072857089, 1073053697, 1073184769,
    ],
    special: [1073479681, 1073643521],
    groups: grouped(12, 2),
  }),
);

/**
 * N = 32768, twenty-one data primes in three digits of seven and eight special primes, 870 of 881 bits: the largest NTT-friendly primes below 2^30, the largest of them special. A key
 * takes 10.7 MB, a rotation a third of what one prime a digit takes. For `hoisted-1` alone.
 */
export const N32768_D21_S8: NamedSet = annotate(
  parameterSet({
    version: 1,
    id: "n32768-d21-s8",
    n: 32768,
    data: [
      1052835841, 1053818881, 1054015489, 1054212097, 1055260673, 1056178177, 1056440321, 1058209793, 1060175873,
      1060700161, 1060765697, 1061093377, 1062469633, 1062535169, 1062862849, 1063059457, 1063321601, 1063452673,
      1064697857, 1065484289, 1065811969,
    ],
    special: [1068236801, 1068433409, 1068564481, 1069219841, 1070727169, 1071513601, 1072496641, 1073479681],
    groups: grouped(21, 7),
  }),
);

/** The named sets of `seal-4.1`, cheapest first. */
export const NAMED_SETS: readonly NamedSet[] = Object.freeze([N8192_D6_S1, N16384_D13_S1]);

/** The named sets of `hoisted-1`, cheapest first. */
export const HOISTED_SETS: readonly NamedSet[] = Object.freeze([
  N8192_D6_S2,
  N16384_D10_S4,
  N16384_D12_S2,
  N32768_D21_S8,
]);
