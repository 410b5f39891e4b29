import { createECDH, createHash } from "node:crypto";

import type { Hex } from "../../../offchain/digest/hex.ts";

/** 32 bytes that differ for every label: SHA-256 of it. */
export function bytes32(label: string): Hex {
  return `0x${createHash("sha256").update(label).digest("hex")}`;
}

/** A P-256 public key, uncompressed, from a private key of one repeated byte. */
export function encryptionKey(byte: number): Hex {
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(Buffer.alloc(32, byte));
  return `0x${ecdh.getPublicKey("hex")}`;
}

/** The blob root of formats.md section 1, written down a second time, with node:crypto. */
export function blobRoot(data: Uint8Array): Hex {
  const sha = (...parts: Uint8Array[]): Buffer => {
    const hash = createHash("sha256");
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  let level: Buffer[] = [];
  for (let at = 0; at < Math.max(data.length, 1); at += 1024) {
    level.push(sha(Buffer.of(0), data.subarray(at, at + 1024)));
  }
  while (level.length > 1) {
    const up: Buffer[] = [];
    for (let i = 0; i < level.length; i += 2) {
      up.push(i + 1 < level.length ? sha(Buffer.of(1), level[i], level[i + 1]) : level[i]);
    }
    level = up;
  }
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(data.length));
  return `0x${sha(Buffer.of(2), Buffer.of(1), size, level[0]).toString("hex")}`;
}
