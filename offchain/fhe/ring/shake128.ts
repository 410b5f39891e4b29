/** SHAKE128 (FIPS 202): OpenSSL's under Node, plain JavaScript in a browser. */
import { shake128 } from "@noble/hashes/sha3.js";

import { withOpenssl } from "../../digest/openssl.ts";

/** The first `bytes` bytes of a message's output. Of one message, a longer output begins with the shorter one. */
export type Shake128 = (message: Uint8Array, bytes: number) => Uint8Array;

/** In plain JavaScript. */
export const plainShake128: Shake128 = (message, bytes) => shake128(message, { dkLen: bytes });

/** OpenSSL's, where there is one. */
export const nativeShake128 = withOpenssl<Shake128>(
  (openssl) => (message, bytes) => openssl.createHash("shake128", { outputLength: bytes }).update(message).digest(),
);

/**
 * SHAKE128 of a message.
 *
 * @param message any number of bytes
 * @param bytes how many to give, at least one
 * @returns that many
 */
export const shakeBytes: Shake128 = nativeShake128 ?? plainShake128;
