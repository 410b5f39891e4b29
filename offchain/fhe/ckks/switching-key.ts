/**
 * Key-switching keys, one digit a group of data primes: for digit j
 *
 *   b_j = −(a_j·s + e_j) + [P·s′ in the limbs of group j only],   P = ∏ special primes,
 *
 * s′ = s(X^element) for a Galois key, s² for relinearisation. With one prime a group it is SEAL's: `generate_one_kswitch_key`,
 * keygenerator.cpp. With more it is that of docs/spec/hoisted-1.md, section 4.
 */
import { concatBytes } from "../../digest/bytes.ts";
import type { Bytes32 } from "../../digest/hex.ts";
import { release } from "../../digest/release.ts";
import { galoisPermutation, permute } from "../ring/automorphism.ts";
import { ResidueFormatError } from "../ring/errors.ts";
import { mulMod } from "../ring/modular.ts";
import { pack30, packed30Bytes, unpack30 } from "../ring/pack30.ts";
import {
  addPolynomials,
  mulAddPolynomials,
  mulPolynomials,
  negatePolynomial,
  scalePolynomial,
} from "../ring/pointwise.ts";
import type { KeyBody } from "./key-body.ts";
import type { KeyEntry } from "./key-need.ts";
import { KeyPackError } from "./key-pack-error.ts";
import { expandPolynomial, KEY_KINDS, keyContext, keySeed, type ExpandPolynomial } from "./key-set.ts";
import type { ParameterSet } from "./parameters.ts";
import { digitGroups, limb, primesOf, signedResidues, transformsOf } from "./residues.ts";
import { sampleError } from "./sampling.ts";
import { errorSource, secretResidues, type SecretKey } from "./secret.ts";

/** One digit of a key, in NTT form over the data primes 0 … level−1 and the special primes, limb by limb. */
export interface KeyDigit {
  readonly b: Uint32Array;
  readonly a: Uint32Array;
}

/** Bodies of Galois and relinearisation keys. */
export const switchingKeyBody: KeyBody = {
  kinds: [KEY_KINDS.galois, KEY_KINDS.relin],
  bytes(entry, params) {
    checkEntry(entry, params);
    return digitGroups(params, entry.level).length * digitBytes(entry, params);
  },
  make: makeBody,
  check(body, entry, params) {
    digitGroups(params, entry.level).forEach((_, digit) => {
      release(unpackDigit(body, digit, entry, params));
    });
  },
  *residues(body, entry, params, keySet, expand) {
    for (const { b, a } of expandSwitchingKey(body, entry, params, keySet, entry.level, expand)) {
      yield b;
      yield a;
    }
  },
};

/**
 * Unpacks a key and expands its uniform halves.
 *
 * @param body checked by `switchingKeyBody.check`
 * @param entry its row of the table
 * @param level where the key will be used, at most the entry's; digits and limbs above it are left out
 * @param expand another implementation of `expandPolynomial`, with the same result
 * @returns digit after digit, each made when it is asked for
 */
export function* expandSwitchingKey(
  body: Uint8Array,
  entry: KeyEntry,
  params: ParameterSet,
  keySet: Bytes32,
  level: number = entry.level,
  expand: ExpandPolynomial = expandPolynomial,
): Generator<KeyDigit> {
  if (level > entry.level) throw new RangeError(`a key for level ${entry.level} cannot be used at level ${level}`);
  const seed = keySeed(keySet, entry.kind, entry.element);
  for (const digit of digitGroups(params, level).keys()) {
    const whole = unpackDigit(body, digit, entry, params);
    const b = takeLimbs(whole, params, entry.level, level);
    if (b !== whole) release(whole);
    yield { b, a: expand(seed, digitLabel(digit), params, level, "QP") };
  }
}

/** The limbs of a lower level: data primes 0 … level−1, then the special primes. */
function takeLimbs(residues: Uint32Array, params: ParameterSet, from: number, level: number): Uint32Array {
  if (level === from) return residues;
  const out = new Uint32Array((level + params.special.length) * params.n);
  out.set(residues.subarray(0, level * params.n));
  out.set(residues.subarray(from * params.n), level * params.n);
  return out;
}

function digitLabel(digit: number): string {
  return `digit/${digit}`;
}

function digitBytes(entry: KeyEntry, params: ParameterSet): number {
  return (entry.level + params.special.length) * packed30Bytes(params.n);
}

function checkEntry(entry: KeyEntry, params: ParameterSet): void {
  const { kind, gadget, level, element } = entry;
  if (gadget !== 1) throw new KeyPackError("PACK_GADGET", `a key of kind ${kind} has gadget 1, not ${gadget}`);
  if (!Number.isInteger(level) || level < 1 || level > params.data.length) {
    throw new KeyPackError(
      "PACK_LEVEL",
      `a key of ${params.id} has a level of 1 to ${params.data.length}, not ${level}`,
    );
  }
  const fits = kind === KEY_KINDS.relin ? element === 0 : element % 2 === 1 && element > 1 && element < 2 * params.n;
  if (!fits)
    throw new KeyPackError("PACK_ELEMENT", `${element} is no element of a key of kind ${kind} of ${params.id}`);
}

function unpackDigit(body: Uint8Array, digit: number, entry: KeyEntry, params: ParameterSet): Uint32Array<ArrayBuffer> {
  const primes = primesOf(params, entry.level, "QP");
  const size = packed30Bytes(params.n);
  const out = new Uint32Array(primes.length * params.n);
  primes.forEach((prime, i) => {
    const at = (digit * primes.length + i) * size;
    try {
      unpack30(body.subarray(at, at + size), prime, params.n, limb(out, i, params.n));
    } catch (cause) {
      if (!(cause instanceof ResidueFormatError)) throw cause;
      const where = `limb ${i} of digit ${digit} of the key of kind ${entry.kind} for ${entry.element}`;
      throw new KeyPackError("PACK_RESIDUE", `${where} holds a value that is not below its prime`, { cause });
    }
  });
  return out;
}

function makeBody(secret: SecretKey, keySet: Bytes32, entry: KeyEntry, expand: ExpandPolynomial): Uint8Array {
  const { params } = secret;
  const { n } = params;
  const transforms = transformsOf(params, entry.level, "QP");
  const secretPolynomial = takeLimbs(secretResidues(secret), params, params.data.length, entry.level);
  const secretLimbs = transforms.map((_, i) => limb(secretPolynomial, i, n));
  const target = targetLimb(entry, n);
  const seed = keySeed(keySet, entry.kind, entry.element);
  const size = packed30Bytes(n);
  const groups = digitGroups(params, entry.level);
  const body = new Uint8Array(groups.length * transforms.length * size);
  const b = new Uint32Array(n);
  const secretTerm = new Uint32Array(n);
  groups.forEach((group, digit) => {
    const a = expand(seed, digitLabel(digit), params, entry.level, "QP");
    const error = sampleError(n, errorSource(secret, errorContext(keySet, entry, digit)));
    transforms.forEach((ntt, i) => {
      ntt.forward(signedResidues(error, ntt.q, b));
      mulAddPolynomials(b, limb(a, i, n), secretLimbs[i], ntt.q);
      negatePolynomial(b, ntt.q, b);
      if (group.includes(i)) {
        target(secretLimbs[i], ntt.q, secretTerm);
        const special = params.special.reduce((product, prime) => mulMod(product, prime % ntt.q, ntt.q), 1);
        addPolynomials(b, scalePolynomial(secretTerm, special, ntt.q, secretTerm), ntt.q, b);
      }
      body.set(pack30(b, ntt.q), (digit * transforms.length + i) * size);
    });
    error.fill(0);
  });
  secretTerm.fill(0);
  return body;
}

/** What errors are for: the key, then the digit. */
function errorContext(keySet: Bytes32, entry: KeyEntry, digit: number): Uint8Array {
  return concatBytes(keyContext(keySet, entry.kind, entry.element), Uint8Array.of(digit));
}

/** s ↦ s′ on one limb in NTT form. */
function targetLimb(entry: KeyEntry, n: number): (s: Uint32Array, q: number, out: Uint32Array<ArrayBuffer>) => void {
  if (entry.kind === KEY_KINDS.relin) return (s, q, out) => mulPolynomials(s, s, q, out);
  const table = galoisPermutation(entry.element, n);
  return (s, _q, out) => {
    permute(s, table, out);
  };
}
