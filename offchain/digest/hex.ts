import { bytesToHex } from "@noble/hashes/utils.js";

import { HexFormatError } from "./errors.ts";

/** `0x` and lower-case digits, two a byte. */
export type Hex = `0x${string}`;

/** 32 bytes as `0x` and 64 lower-case digits: a root, a digest, an identity. */
export type Bytes32 = Hex;

/** 32 zero bytes: what stands where there is no digest. */
export const ZERO_HASH: Bytes32 = `0x${"00".repeat(32)}`;

const HEX = /^0x(?:[0-9a-f]{2})*$/;
const BYTES32 = /^0x[0-9a-f]{64}$/;

/** @returns `0x` and two lower-case digits a byte */
export function toHex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`;
}

/**
 * Reads the one canonical hexadecimal form: `0x`, lower case, whole bytes.
 *
 * @param length number of bytes expected; any number when omitted
 * @throws HexFormatError when the form or the length differs; the message never holds the value
 */
export function fromHex(hex: string, length?: number): Uint8Array<ArrayBuffer> {
  if (!HEX.test(hex)) throw new HexFormatError("0x and an even number of lower-case digits were expected");
  const bytes = new Uint8Array((hex.length - 2) / 2);
  if (length !== undefined && bytes.length !== length) {
    throw new HexFormatError(`${length} bytes were expected, not ${bytes.length}`);
  }
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 + 2 * i, 4 + 2 * i), 16);
  return bytes;
}

/** Whether a string is 32 bytes in canonical form. */
export function isBytes32(value: string): value is Bytes32 {
  return BYTES32.test(value);
}

/**
 * Brings 32 bytes from a contract, a URL or a person to canonical form; upper-case digits are accepted.
 *
 * @throws HexFormatError when the string is not 32 bytes of hexadecimal
 */
export function bytes32(value: string): Bytes32 {
  const lower = value.toLowerCase();
  if (!isBytes32(lower)) throw new HexFormatError("0x and 64 digits were expected");
  return lower;
}
