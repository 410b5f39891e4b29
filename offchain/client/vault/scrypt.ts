/** scrypt (RFC 7914): OpenSSL's under Node, in half the time and off the event loop, plain JavaScript in a browser. */
import { scryptAsync } from "@noble/hashes/scrypt.js";

import { withOpenssl } from "../../digest/openssl.ts";

/** What a derivation costs: 128·N·r bytes of memory, p times. */
export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** Called with the part done, 0 … 1. */
export type KdfProgress = (fraction: number) => void;

/** Derives a key of `length` bytes. */
export type Scrypt = (
  password: Uint8Array<ArrayBuffer>,
  salt: Uint8Array<ArrayBuffer>,
  cost: ScryptCost,
  length: number,
  onProgress?: KdfProgress,
) => Promise<Uint8Array>;

/** In plain JavaScript. */
export const plainScrypt: Scrypt = (password, salt, { N, r, p }, length, onProgress) =>
  scryptAsync(password, salt, { N, r, p, dkLen: length, ...(onProgress ? { onProgress } : {}) });

/** OpenSSL's, where there is one; there is progress at the end alone. */
export const nativeScrypt = withOpenssl<Scrypt>(
  (openssl) =>
    async (password, salt, { N, r, p }, length, onProgress) => {
      const key = await new Promise<Uint8Array>((resolve, reject) => {
        // OpenSSL takes some kilobytes beside the table.
        openssl.scrypt(password, salt, length, { N, r, p, maxmem: 128 * N * r + 2 ** 20 }, (error, derived) => {
          if (error === null) resolve(derived);
          else reject(error);
        });
      });
      onProgress?.(1);
      return key;
    },
);

/** The faster one there is here. */
export const scrypt: Scrypt = nativeScrypt ?? plainScrypt;
