/** Canonical JSON (docs/formats.md, section 2): RFC 8785 in UTF-8, with integers of at most 53 bits as the only numbers. */
import canonicalize from "canonicalize";

import { equalBytes } from "./bytes.ts";
import { CanonicalJsonError } from "./errors.ts";

// The package's types declare an ES module; what it ships is CommonJS whose export is the function itself.
const serialise = canonicalize as unknown as (value: unknown) => string;

/** Deeper than any of our formats, far from the end of the stack. */
const MAX_DEPTH = 64;

/**
 * Writes a value as canonical JSON.
 *
 * @param value null, booleans, strings, integers of at most 53 bits, arrays, and objects without prototype tricks
 * @returns UTF-8 bytes, the same for equal values on every machine
 * @throws CanonicalJsonError for anything else: floats, NaN, undefined, bigint, class instances, lone surrogates, cycles
 */
export function canonicalBytes(value: unknown): Uint8Array<ArrayBuffer> {
  check(value, "$", 0);
  return new TextEncoder().encode(serialise(value));
}

/**
 * Reads canonical JSON, and nothing but: other spacing, key order, number forms, duplicate keys or a byte order mark are refused, so that two
 * byte strings never mean the same value.
 *
 * @param bytes UTF-8
 * @param maxBytes refused above it, before anything is decoded
 * @returns the value, still to be checked against a schema
 * @throws CanonicalJsonError
 */
export function parseCanonical(bytes: Uint8Array, maxBytes: number): unknown {
  if (bytes.length > maxBytes) throw new CanonicalJsonError(`${bytes.length} bytes, and at most ${maxBytes} are read`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    // The parser's message quotes the text, which may be secret, so it is not kept as a cause.
    throw new CanonicalJsonError(cause instanceof TypeError ? "it is not UTF-8" : "it is not JSON");
  }
  if (!equalBytes(canonicalBytes(value), bytes)) throw new CanonicalJsonError("it is JSON, but not in canonical form");
  return value;
}

function check(value: unknown, path: string, depth: number): void {
  if (depth > MAX_DEPTH) throw new CanonicalJsonError(`more than ${MAX_DEPTH} levels deep`);
  switch (typeof value) {
    case "boolean":
      return;
    case "string":
      if (!value.isWellFormed()) throw new CanonicalJsonError(`${path} is not well-formed Unicode`);
      return;
    case "number":
      if (!Number.isSafeInteger(value)) throw new CanonicalJsonError(`${path} is not an integer of at most 53 bits`);
      return;
    case "object":
      if (value === null) return;
      if (Array.isArray(value)) checkArray(value, path, depth);
      else checkObject(value, path, depth);
      return;
    default:
      throw new CanonicalJsonError(`${path} is of type ${typeof value}`);
  }
}

function checkArray(value: readonly unknown[], path: string, depth: number): void {
  for (let i = 0; i < value.length; i++) check(value[i], `${path}[${i}]`, depth + 1);
}

function checkObject(value: object, path: string, depth: number): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  // An object of another realm (a worker, an iframe) has another Object.prototype, which is told by having none itself.
  const plain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!plain) throw new CanonicalJsonError(`${path} is an instance of a class`);
  if (Object.getOwnPropertySymbols(value).length > 0) throw new CanonicalJsonError(`${path} has a symbol for a key`);
  for (const [key, member] of Object.entries(value)) {
    if (!key.isWellFormed()) throw new CanonicalJsonError(`a key of ${path} is not well-formed Unicode`);
    // Errors are shown to people, and keys may be a stranger's: only harmless ones are quoted.
    check(member, `${path}.${/^[A-Za-z0-9_-]{1,64}$/.test(key) ? key : "…"}`, depth + 1);
  }
}
