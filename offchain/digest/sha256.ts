import { _SHA256 } from "@noble/hashes/sha2.js";

// A tree of 32-byte leaves hashes hundreds of thousands of messages of one or two blocks, and making a hash object costs more than
// compressing a block. One object is therefore reset from a fresh one, as noble's own HMAC does. Nothing here can be interrupted.
const fresh = new _SHA256();
const working = new _SHA256();

/**
 * SHA-256 (FIPS 180-4) into memory that exists.
 *
 * @param message any number of bytes
 * @param out receives the digest in its first 32 bytes; may overlap the message
 */
export function sha256Into(message: Uint8Array, out: Uint8Array): void {
  fresh._cloneInto(working).update(message).digestInto(out);
}

/** SHA-256 (FIPS 180-4). @returns 32 bytes */
export function sha256(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(32);
  sha256Into(message, out);
  return out;
}
