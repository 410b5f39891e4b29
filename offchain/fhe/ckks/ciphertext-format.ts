/** The bytes of a ciphertext (docs/formats.md, section 6), and every reason to refuse them. */
import { equalBytes } from "../../digest/bytes.ts";
import { fromHex, type Bytes32 } from "../../digest/hex.ts";
import { CloakworkError } from "../../errors.ts";
import { ResidueFormatError } from "../ring/errors.ts";
import { pack30, packed30Bytes, unpack30 } from "../ring/pack30.ts";
import type { Ciphertext } from "./ciphertext.ts";
import { expandPolynomial, inputSeed, type ExpandPolynomial } from "./key-set.ts";
import { paramsDigest, type ParameterSet } from "./parameters.ts";
import { limb, primesOf } from "./residues.ts";
import { distrusted, type Untrusted } from "./untrusted.ts";

/** Why a ciphertext was refused. */
export type CiphertextErrorCode =
  | "CIPHERTEXT_TRUNCATED"
  | "CIPHERTEXT_OVERSIZED"
  | "CIPHERTEXT_MAGIC"
  | "CIPHERTEXT_VERSION"
  | "CIPHERTEXT_COMPONENTS"
  | "CIPHERTEXT_PARAMS"
  | "CIPHERTEXT_KEY_SET"
  | "CIPHERTEXT_LEVEL"
  | "CIPHERTEXT_SCALE"
  | "CIPHERTEXT_NONCE"
  | "CIPHERTEXT_RESIDUE"
  | "CIPHERTEXT_TRANSPARENT";

/** The bytes are not the ciphertext that was expected. Nothing was evaluated. */
export class CiphertextError extends CloakworkError {
  constructor(code: CiphertextErrorCode, reason: string, options: { cause?: unknown } = {}) {
    super(
      code,
      `The ciphertext was refused: ${reason}.`,
      "Encrypt the input again for this model and send the new one.",
      options,
    );
  }
}

/** What a ciphertext must be to be accepted. */
export interface CiphertextExpectation {
  /** `input`: one component, c1 from the seed. `result`: two components, nonce zero. */
  readonly role: "input" | "result";
  readonly params: ParameterSet;
  readonly keySetId: Bytes32;
  readonly level: number;
  /** The exact scale of an input; of a result the derived one, whose nearest integer stands in the header. */
  readonly scale: number;
}

const MAGIC = new TextEncoder().encode("CWCT");

/** Where the nonce of an input begins. */
export const NONCE_AT = 80;

/** Bytes before the residues. */
export const CIPHERTEXT_HEADER_BYTES = 112;

/** Exact size of a ciphertext in bytes: what to allow before reading one. */
export function ciphertextBytes(params: ParameterSet, level: number, role: CiphertextExpectation["role"]): number {
  return CIPHERTEXT_HEADER_BYTES + (role === "input" ? 1 : 2) * level * packed30Bytes(params.n);
}

/**
 * Writes a ciphertext.
 *
 * @param form `nonce`: the 32 bytes c1 was expanded from, and c1 is left out; without it both components are written
 */
export function writeCiphertext(
  ciphertext: Ciphertext,
  form: { readonly nonce?: Uint8Array } = {},
): Uint8Array<ArrayBuffer> {
  const { params, level, c0, c1 } = ciphertext;
  const scale = headerScale(ciphertext.scale);
  if (scale === undefined) throw new CiphertextError("CIPHERTEXT_SCALE", "its scale does not fit the format");
  const role = form.nonce === undefined ? "result" : "input";
  const out = new Uint8Array(ciphertextBytes(params, level, role));
  out.set(MAGIC);
  out.set([1, role === "input" ? 1 : 2, level], 4);
  new DataView(out.buffer).setBigUint64(8, scale, true);
  out.set(fromHex(paramsDigest(params), 32), 16);
  out.set(fromHex(ciphertext.keySetId, 32), 48);
  if (form.nonce !== undefined) out.set(form.nonce, NONCE_AT);
  let at = CIPHERTEXT_HEADER_BYTES;
  for (const polynomial of role === "input" ? [c0] : [c0, c1]) {
    primesOf(params, level).forEach((prime, i) => {
      out.set(pack30(limb(polynomial, i, params.n), prime), at);
      at += packed30Bytes(params.n);
    });
  }
  return out;
}

/**
 * Reads a ciphertext from outside.
 *
 * @param bytes at most a few hundred kilobytes; refused by length before anything is expanded
 * @param expected everything the header must say
 * @param expand another implementation of `expandPolynomial`, with the same result
 * @throws CiphertextError with the first reason found, in the order of the header
 */
export function parseCiphertext(
  bytes: Untrusted<Uint8Array>,
  expected: CiphertextExpectation,
  expand: ExpandPolynomial = expandPolynomial,
): Ciphertext {
  const raw = distrusted(bytes);
  const { role, params, keySetId, level, scale } = expected;
  checkHeader(raw, expected);
  const nonce = raw.subarray(NONCE_AT, CIPHERTEXT_HEADER_BYTES);
  const c0 = unpackPolynomial(raw, 0, params, level);
  const c1 =
    role === "input"
      ? expand(inputSeed(keySetId, nonce), "c1", params, level, "Q")
      : unpackPolynomial(raw, 1, params, level);
  for (const polynomial of [c0, c1]) {
    for (let i = 0; i < level; i++) {
      if (limb(polynomial, i, params.n).every((residue) => residue === 0)) {
        refuse("CIPHERTEXT_TRANSPARENT", "a limb of it is zero throughout, so it would hide nothing");
      }
    }
  }
  return { params, keySetId, level, scale, c0, c1 };
}

/** In the order of the bytes: which fault is found first is part of what nodes must agree on (docs/formats.md, section 11). */
function checkHeader(raw: Uint8Array, { role, params, keySetId, level, scale }: CiphertextExpectation): void {
  if (raw.length < CIPHERTEXT_HEADER_BYTES) refuse("CIPHERTEXT_TRUNCATED", "it ends within its header");
  if (!equalBytes(raw.subarray(0, 4), MAGIC)) refuse("CIPHERTEXT_MAGIC", "it does not begin as a ciphertext does");
  if (raw[4] !== 1) refuse("CIPHERTEXT_VERSION", "its version is not 1");
  if (raw[5] !== (role === "input" ? 1 : 2)) {
    const rule =
      role === "input"
        ? "an input has one component, its other half comes from the seed"
        : "a result has two components";
    refuse("CIPHERTEXT_COMPONENTS", `it has ${raw[5]} components, and ${rule}`);
  }
  if (raw[6] !== level) refuse("CIPHERTEXT_LEVEL", `it is at level ${raw[6]}, and ${level} was expected`);
  if (raw[7] !== 0) refuse("CIPHERTEXT_VERSION", "its reserved byte is set");
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  if (view.getBigUint64(8, true) !== headerScale(scale))
    refuse("CIPHERTEXT_SCALE", "its scale is not the one expected");
  if (!equalBytes(raw.subarray(16, 48), fromHex(paramsDigest(params), 32))) {
    refuse("CIPHERTEXT_PARAMS", `it is not of the parameter set ${params.id}`);
  }
  if (!equalBytes(raw.subarray(48, 80), fromHex(keySetId, 32)))
    refuse("CIPHERTEXT_KEY_SET", "it is of another key set");
  if (role === "result" && raw.subarray(NONCE_AT, CIPHERTEXT_HEADER_BYTES).some((byte) => byte !== 0)) {
    refuse("CIPHERTEXT_NONCE", "a result has no nonce");
  }
  const bytes = ciphertextBytes(params, level, role);
  if (raw.length < bytes) refuse("CIPHERTEXT_TRUNCATED", `it has ${raw.length} of ${bytes} bytes`);
  if (raw.length > bytes) refuse("CIPHERTEXT_OVERSIZED", `it has ${raw.length} bytes instead of ${bytes}`);
}

function unpackPolynomial(raw: Uint8Array, index: number, params: ParameterSet, level: number): Uint32Array {
  const size = packed30Bytes(params.n);
  const out = new Uint32Array(level * params.n);
  primesOf(params, level).forEach((prime, i) => {
    const at = CIPHERTEXT_HEADER_BYTES + (index * level + i) * size;
    try {
      unpack30(raw.subarray(at, at + size), prime, params.n, limb(out, i, params.n));
    } catch (cause) {
      if (!(cause instanceof ResidueFormatError)) throw cause;
      refuse("CIPHERTEXT_RESIDUE", `limb ${i} of c${index} holds a value that is not below its prime`, { cause });
    }
  });
  return out;
}

/** The integer that stands for a scale in a header; undefined when there is none. */
function headerScale(scale: number): bigint | undefined {
  const nearest = Math.round(scale);
  return nearest >= 1 && Number.isFinite(nearest) && nearest < 2 ** 64 ? BigInt(nearest) : undefined;
}

function refuse(code: CiphertextErrorCode, reason: string, options: { cause?: unknown } = {}): never {
  throw new CiphertextError(code, reason, options);
}
