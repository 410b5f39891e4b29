/**
 * Canonical residues ↔ node-seal objects, by way of SEAL's uncompressed serialisation, whose headers are written here.
 *
 * Layouts of SEAL 4.1 (`save_members` of Plaintext, Ciphertext, KSwitchKeys, DynArray; `Serialization::SEALHeader`), little-endian:
 *
 *   header       0 magic, header size, version, compression (8 bytes)   8 total bytes u64
 *   plaintext    header   16 parms id   48 coefficients u64   56 scale f64   64 array
 *   ciphertext   header   16 parms id   48 NTT u8   49 size u64   57 N u64   65 limbs u64   73 scale f64   81 correction u64   89 array
 *   array        header   16 count u64   24 words u64
 *   keys         header   16 parms id   48 entries u64   56 entries: digits u64, then so many ciphertexts; 0 where there is no key
 *
 * Every object is written with scale 1: the plan's types prove scales, and SEAL would refuse those near the modulus.
 */
import type { Ciphertext as SealCiphertext, GaloisKeys, Plaintext as SealPlaintext, RelinKeys } from "node-seal";
import type { KeyDigit } from "../ckks/switching-key.ts";
import { limb } from "../ckks/residues.ts";
import type { SealSession } from "./seal-context.ts";
import { own, SealScope } from "./seal-handles.ts";

const PLAINTEXT_DATA = 88;
const CIPHERTEXT_DATA = 113;
const KEYS_ENTRIES = 56;

/**
 * Makes a plaintext.
 *
 * @param residues NTT form, limb by limb, `level` limbs; all below their primes
 * @returns owned by the caller
 */
export function loadPlaintext(session: SealSession, residues: Uint32Array, level: number): SealPlaintext {
  return load(new session.seal.Plaintext(), session, plaintextBytes(session, residues, session.levelIds[level - 1]));
}

/**
 * The serialisation of a plaintext. With the identifier of the key level it is also that of a secret key.
 *
 * @param id 32 bytes, SEAL's identifier of the level
 */
export function plaintextBytes(session: SealSession, residues: Uint32Array, id: Uint8Array): Uint8Array {
  const { bytes, view, words } = frame(session, PLAINTEXT_DATA, residues.length);
  bytes.set(id, 16);
  view.setUint32(48, residues.length, true);
  view.setFloat64(56, 1, true);
  arrayHeader(session, bytes, view, 64, residues.length);
  spread(residues, words, 0);
  return bytes;
}

/**
 * Makes a ciphertext.
 *
 * @param polynomials two, NTT form, limb by limb, `level` limbs each; all below their primes
 * @returns owned by the caller
 */
export function loadCiphertext(
  session: SealSession,
  polynomials: readonly Uint32Array[],
  level: number,
): SealCiphertext {
  const bytes = ciphertextObject(session, polynomials, session.levelIds[level - 1], level);
  return load(new session.seal.Ciphertext(), session, bytes);
}

/**
 * Reads a ciphertext.
 *
 * @returns its polynomials, NTT form, limb by limb
 */
export function saveCiphertext(session: SealSession, ciphertext: SealCiphertext): Uint32Array[] {
  const saved: unknown = ciphertext.saveToArray(session.seal.ComprModeType.none);
  if (!(saved instanceof Uint8Array)) throw new TypeError("node-seal saved no bytes");
  const view = new DataView(saved.buffer, saved.byteOffset, saved.byteLength);
  const size = view.getUint32(49, true);
  const count = view.getUint32(65, true) * session.params.n;
  if (saved.length !== CIPHERTEXT_DATA + 8 * size * count)
    throw new TypeError("node-seal saved a ciphertext of another layout");
  // A copy puts the words on their alignment.
  const words = new Uint32Array(saved.slice(CIPHERTEXT_DATA).buffer);
  return Array.from({ length: size }, (_, polynomial) => {
    const residues = new Uint32Array(count);
    for (let k = 0, from = 2 * polynomial * count; k < count; k++, from += 2) residues[k] = words[from];
    return residues;
  });
}

/**
 * Makes Galois keys that hold one element.
 *
 * @param digits as many as `level`; the key must not be used above it, since SEAL 4.1 would read past its end
 * @returns owned by the caller
 */
export function loadGaloisKey(
  session: SealSession,
  element: number,
  level: number,
  digits: Iterable<KeyDigit>,
): GaloisKeys {
  return load(new session.seal.GaloisKeys(), session, keysObject(session, (element - 1) / 2, level, digits));
}

/** Makes relinearisation keys for s². As `loadGaloisKey`. */
export function loadRelinearisationKey(session: SealSession, level: number, digits: Iterable<KeyDigit>): RelinKeys {
  return load(new session.seal.RelinKeys(), session, keysObject(session, 0, level, digits));
}

interface Loadable {
  loadFromArray(context: SealSession["context"], bytes: Uint8Array): void;
}

function load<T extends Loadable & Parameters<typeof own>[0]>(handle: T, session: SealSession, bytes: Uint8Array): T {
  using scope = new SealScope();
  scope.own(handle).loadFromArray(session.context, bytes);
  return scope.give(handle);
}

/** One key at index `index` of its list, in limbs of the key level; limbs above the key's level are zero and never read. */
function keysObject(session: SealSession, index: number, level: number, digits: Iterable<KeyDigit>): Uint8Array {
  const { params } = session;
  const limbs = params.data.length + 1;
  const digitBytes = CIPHERTEXT_DATA + 8 * 2 * limbs * params.n;
  const first = KEYS_ENTRIES + 8 * (index + 1);
  const bytes = new Uint8Array(first + level * digitBytes);
  const view = new DataView(bytes.buffer);
  objectHeader(session, bytes, view, 0, bytes.length);
  bytes.set(session.keyId, 16);
  view.setUint32(48, index + 1, true);
  view.setUint32(first - 8, level, true);
  const b = new Uint32Array(limbs * params.n);
  const a = new Uint32Array(limbs * params.n);
  let at = first;
  for (const digit of digits) {
    placeLimbs(digit.b, b, level, params.n);
    placeLimbs(digit.a, a, level, params.n);
    bytes.set(ciphertextObject(session, [b, a], session.keyId, limbs), at);
    at += digitBytes;
  }
  if (at !== bytes.length) throw new RangeError(`a key for level ${level} has as many digits`);
  return bytes;
}

/** Data primes 0 … level−1 to their places, the special prime to the last. */
function placeLimbs(from: Uint32Array, to: Uint32Array, level: number, n: number): void {
  to.set(from.subarray(0, level * n));
  limb(to, to.length / n - 1, n).set(limb(from, level, n));
}

function ciphertextObject(
  session: SealSession,
  polynomials: readonly Uint32Array[],
  id: Uint8Array,
  limbs: number,
): Uint8Array {
  const { n } = session.params;
  const count = polynomials.length * limbs * n;
  const { bytes, view, words } = frame(session, CIPHERTEXT_DATA, count);
  bytes.set(id, 16);
  view.setUint8(48, 1);
  view.setUint32(49, polynomials.length, true);
  view.setUint32(57, n, true);
  view.setUint32(65, limbs, true);
  view.setFloat64(73, 1, true);
  view.setUint32(81, 1, true);
  arrayHeader(session, bytes, view, 89, count);
  polynomials.forEach((residues, i) => {
    if (residues.length !== limbs * n)
      throw new RangeError(`${residues.length} residues are not ${limbs} limbs of ${n}`);
    spread(residues, words, i * residues.length);
  });
  return bytes;
}

interface Frame {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The data, two 32-bit halves a word. */
  readonly words: Uint32Array;
}

/** An object of `start` bytes and `count` words, placed in memory so that the words are aligned. */
function frame(session: SealSession, start: number, count: number): Frame {
  const pad = (8 - (start % 8)) % 8;
  const buffer = new ArrayBuffer(pad + start + 8 * count);
  const bytes = new Uint8Array(buffer, pad);
  const view = new DataView(buffer, pad);
  objectHeader(session, bytes, view, 0, bytes.length);
  return { bytes, view, words: new Uint32Array(buffer, pad + start) };
}

function objectHeader(session: SealSession, bytes: Uint8Array, view: DataView, at: number, size: number): void {
  bytes.set(session.prefix, at);
  view.setUint32(at + 8, size, true);
}

function arrayHeader(session: SealSession, bytes: Uint8Array, view: DataView, at: number, count: number): void {
  objectHeader(session, bytes, view, at, 24 + 8 * count);
  view.setUint32(at + 16, count, true);
}

function spread(residues: Uint32Array, words: Uint32Array, at: number): void {
  for (let k = 0, to = 2 * at; k < residues.length; k++, to += 2) words[to] = residues[k];
}
