/** SHA-256 (FIPS 180-4): OpenSSL's under Node for all but the shortest messages, where a call into it costs more than it saves; plain JavaScript in a browser. */
import { _SHA256 } from "@noble/hashes/sha2.js";

import { withOpenssl } from "./openssl.ts";

/** SHA-256 into memory that exists: the first 32 bytes of `out`, which may overlap the message. */
export type Sha256Into = (message: Uint8Array, out: Uint8Array) => void;

/** From so many bytes on OpenSSL's is the faster one: at 256 bytes by a third, at 1 KB, a leaf of most trees, four times. */
const NATIVE_FROM = 256;

// A tree of 32-byte leaves hashes hundreds of thousands of messages of one or two blocks, and making a hash object costs more than
// compressing a block. One object is therefore reset from a fresh one, as noble's own HMAC does. Nothing here can be interrupted.
const fresh = new _SHA256();
const working = new _SHA256();

/** In plain JavaScript. */
export const plainSha256Into: Sha256Into = (message, out) => {
  fresh._cloneInto(working).update(message).digestInto(out);
};

/** OpenSSL's, where there is one. */
export const nativeSha256Into = withOpenssl<Sha256Into>((openssl) => (message, out) => {
  out.set(openssl.hash("sha256", message, "buffer"));
});

/**
 * SHA-256 into memory that exists.
 *
 * @param message any number of bytes
 * @param out receives the digest in its first 32 bytes; may overlap the message
 */
export const sha256Into: Sha256Into =
  nativeSha256Into === undefined
    ? plainSha256Into
    : (message, out) => {
        (message.length < NATIVE_FROM ? plainSha256Into : nativeSha256Into)(message, out);
      };

/** SHA-256. @returns 32 bytes */
export function sha256(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(32);
  sha256Into(message, out);
  return out;
}
