/** Key packs (docs/formats.md, section 5): made by the client, parsed by the node. A pack is one blob and never changes. */
import { concatBytes, equalBytes, wordBytes } from "../../digest/bytes.ts";
import { fromHex, type Bytes32 } from "../../digest/hex.ts";
import { MerkleHasher } from "../../digest/merkle.ts";
import { release } from "../../digest/release.ts";
import type { KeyBody } from "./key-body.ts";
import { compareEntries, entryOf, type KeyEntry, type KeyNeed } from "./key-need.ts";
import { KeyPackError } from "./key-pack-error.ts";
import { expandPolynomial, type ExpandPolynomial } from "./key-set.ts";
import { paramsDigest, type ParameterSet } from "./parameters.ts";
import { pauser } from "./pause.ts";
import type { SecretKey } from "./secret.ts";
import { switchingKeyBody } from "./switching-key.ts";
import { distrusted, type Untrusted } from "./untrusted.ts";

/** A checked entry with its body. */
export interface PackedKey extends KeyEntry {
  /** A view of the pack. */
  readonly body: Uint8Array;
}

/** A checked pack. */
export interface KeyPack {
  readonly params: ParameterSet;
  readonly keySetId: Bytes32;
  /** Sorted by (kind, element), each pair once. */
  readonly keys: readonly PackedKey[];
}

export interface GenerateOptions {
  /** Kinds beyond Galois and relinearisation keys. */
  readonly bodies?: readonly KeyBody[];
  /** A faster implementation of `expandPolynomial`. */
  readonly expand?: ExpandPolynomial;
  /** Called after each key with the bytes made and the bytes in all. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface ParseOptions {
  readonly params: ParameterSet;
  readonly keySetId: Bytes32;
  /** Refused above it, before anything else is looked at. */
  readonly maxBytes: number;
  /** Kinds beyond Galois and relinearisation keys. */
  readonly bodies?: readonly KeyBody[];
}

const MAGIC = new TextEncoder().encode("CWKP");
const HEADER_BYTES = 72;
const ENTRY_BYTES = 16;
const MAX_ENTRIES = 0xffff;

/**
 * Makes the keys a plan needs, as one pack. Errors follow from the secret, so the same needs give the same bytes again.
 *
 * @param keySet the key set the secret belongs to
 * @param needs each key once; in any order
 * @throws KeyPackError when there are no needs, a key is asked for twice, or a need does not fit the parameter set
 * @throws the signal's reason when aborted
 */
export async function generatePack(
  secret: SecretKey,
  keySet: Bytes32,
  needs: readonly KeyNeed[],
  { bodies = [], expand = expandPolynomial, onProgress, signal }: GenerateOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { params } = secret;
  const entries = needs.map(entryOf).sort(compareEntries);
  if (entries.length < 1 || entries.length > MAX_ENTRIES)
    throw new KeyPackError("PACK_TABLE", `it has ${entries.length} entries`);
  checkOrder(entries);
  const sizes = entries.map((entry) => bodyOf(entry, bodies).bytes(entry, params));
  const start = HEADER_BYTES + entries.length * ENTRY_BYTES;
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const pack = new Uint8Array(start + total);
  pack.set(header(params, keySet, entries.length));
  entries.forEach((entry, i) => {
    pack.set(tableRow(entry, sizes[i]), HEADER_BYTES + i * ENTRY_BYTES);
  });
  const pause = pauser(signal);
  let done = 0;
  for (const entry of entries) {
    await pause();
    const body = bodyOf(entry, bodies).make(secret, keySet, entry, expand);
    pack.set(body, start + done);
    done += body.length;
    onProgress?.(done, total);
  }
  return pack;
}

/**
 * Reads a pack from outside. Sizes are compared before anything is unpacked; residues are checked, uniform halves are not yet expanded.
 * Header, then entry by entry, then sizes as a whole, then bodies: which fault is found first is part of what nodes must agree on (docs/formats.md,
 * section 11).
 *
 * @param bytes kept, not copied: must not change afterwards
 * @throws KeyPackError with the first reason found
 */
export function parsePack(
  bytes: Untrusted<Uint8Array>,
  { params, keySetId, maxBytes, bodies = [] }: ParseOptions,
): KeyPack {
  const raw = distrusted(bytes);
  if (raw.length > maxBytes) refuse("PACK_OVERSIZED", `it has ${raw.length} bytes, and at most ${maxBytes} are taken`);
  const count = parseHeader(raw, params, keySetId);
  let at = HEADER_BYTES + count * ENTRY_BYTES;
  const keys: PackedKey[] = [];
  for (let i = 0; i < count; i++) {
    const { entry, size } = parseRow(raw, i);
    const expected = bodyOf(entry, bodies).bytes(entry, params);
    if (size !== expected) {
      refuse("PACK_SIZE", `a key of kind ${entry.kind} at level ${entry.level} takes ${expected} bytes, not ${size}`);
    }
    if (i > 0 && compareEntries(keys[i - 1], entry) >= 0)
      refuse("PACK_ORDER", `entry ${i} is out of order or there twice`);
    keys.push({ ...entry, body: raw.subarray(at, (at += size)) });
  }
  if (raw.length < at) refuse("PACK_TRUNCATED", `it has ${raw.length} of ${at} bytes`);
  if (raw.length > at) refuse("PACK_OVERSIZED", `it has ${raw.length} bytes instead of ${at}`);
  for (const key of keys) bodyOf(key, bodies).check(key.body, key, params);
  return { params, keySetId, keys };
}

/**
 * Root of kind 2 over the expanded keys: entry by entry, digit by digit, b then a (docs/formats.md, section 6).
 *
 * @param bodies as for `parsePack`
 * @param expand a faster implementation of `expandPolynomial`
 */
export function packRoot(
  { params, keySetId, keys }: KeyPack,
  bodies: readonly KeyBody[] = [],
  expand: ExpandPolynomial = expandPolynomial,
): Bytes32 {
  const hasher = new MerkleHasher("residues");
  for (const key of keys) {
    for (const residues of bodyOf(key, bodies).residues(key.body, key, params, keySetId, expand)) {
      hasher.update(wordBytes(residues));
      release(residues);
    }
  }
  return hasher.root();
}

/** @returns the number of entries; that many rows are there */
function parseHeader(raw: Uint8Array, params: ParameterSet, keySet: Bytes32): number {
  if (raw.length < HEADER_BYTES) refuse("PACK_TRUNCATED", "it ends within its header");
  if (!equalBytes(raw.subarray(0, 4), MAGIC)) refuse("PACK_MAGIC", "it does not begin as a key pack does");
  if (raw[4] !== 1 || raw[5] !== 0) refuse("PACK_VERSION", "its version is not 1");
  const count = raw[6] | (raw[7] << 8);
  if (count === 0) refuse("PACK_TABLE", "it has no entries");
  if (!equalBytes(raw.subarray(8, 40), fromHex(paramsDigest(params)))) {
    refuse("PACK_PARAMS", `it is not of the parameter set ${params.id}`);
  }
  if (!equalBytes(raw.subarray(40, 72), fromHex(keySet, 32))) refuse("PACK_KEY_SET", "it is of another key set");
  if (raw.length < HEADER_BYTES + count * ENTRY_BYTES) refuse("PACK_TRUNCATED", "it ends within its table");
  return count;
}

function parseRow(raw: Uint8Array, index: number): { entry: KeyEntry; size: number } {
  const at = HEADER_BYTES + index * ENTRY_BYTES;
  const view = new DataView(raw.buffer, raw.byteOffset + at, ENTRY_BYTES);
  if (view.getUint8(3) !== 0 || view.getUint32(12, true) !== 0) {
    refuse("PACK_TABLE", `entry ${index} has bits set that must be zero`);
  }
  // Whether there is such a kind is found when its body is looked up.
  const kind = view.getUint8(0) as KeyEntry["kind"];
  const entry = { kind, gadget: view.getUint8(1), level: view.getUint8(2), element: view.getUint32(4, true) };
  return { entry, size: view.getUint32(8, true) };
}

function checkOrder(entries: readonly KeyEntry[]): void {
  for (let i = 1; i < entries.length; i++) {
    if (compareEntries(entries[i - 1], entries[i]) >= 0)
      refuse("PACK_ORDER", `entry ${i} is out of order or there twice`);
  }
}

function bodyOf(entry: KeyEntry, bodies: readonly KeyBody[]): KeyBody {
  const body = [switchingKeyBody, ...bodies].find(({ kinds }) => kinds.includes(entry.kind));
  return body ?? refuse("PACK_KIND", `keys of kind ${entry.kind} are not known here`);
}

function header(params: ParameterSet, keySet: Bytes32, count: number): Uint8Array {
  return concatBytes(
    MAGIC,
    Uint8Array.of(1, 0, count & 0xff, count >> 8),
    fromHex(paramsDigest(params)),
    fromHex(keySet, 32),
  );
}

function tableRow(entry: KeyEntry, size: number): Uint8Array {
  const row = new Uint8Array(ENTRY_BYTES);
  row.set([entry.kind, entry.gadget, entry.level]);
  const view = new DataView(row.buffer);
  view.setUint32(4, entry.element, true);
  view.setUint32(8, size, true);
  return row;
}

function refuse(code: ConstructorParameters<typeof KeyPackError>[0], reason: string): never {
  throw new KeyPackError(code, reason);
}
