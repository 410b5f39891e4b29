/**
 * Writes test/vectors/sealing.json with node:crypto alone, sharing nothing with offchain/sealing:
 * `node test/vectors/sealing.ts && prettier --write test/vectors/sealing.json`.
 * Body: docs/formats.md, section 7. Envelope: RFC 7516 with RFC 7518, sections 4.6 (ECDH-ES) and 4.4 (AES Key Wrap).
 */
import { createCipheriv, createECDH, createHash } from "node:crypto";
import { writeFileSync } from "node:fs";

import { hex, pattern, reference, sha } from "../offchain/digest/reference.ts";

const CHUNK = 1024 * 1024;
const fixed = (name: string): Buffer => sha(Buffer.from(`sealing vectors: ${name}`));
const b64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString("base64url");

const gcm = (key: Buffer, iv: Buffer, aad: Buffer, plaintext: Buffer): { ciphertext: Buffer; tag: Buffer } => {
  const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(aad);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return { ciphertext, tag: cipher.getAuthTag() };
};

/** A sealed body, and each of its parts, for tests that put them together wrongly. */
export function referenceBody(contentKey: Buffer, prefix: Buffer, plaintext: Buffer): Buffer[] {
  const header = Buffer.alloc(28);
  header.write("CWPK", 0, "ascii");
  header.writeUInt8(1, 4);
  header.writeUInt32LE(CHUNK, 8);
  header.writeBigUInt64LE(BigInt(plaintext.length), 12);
  prefix.copy(header, 20);
  const parts = [header];
  for (let i = 0; i === 0 || i * CHUNK < plaintext.length; i++) {
    const last = (i + 1) * CHUNK >= plaintext.length;
    const iv = Buffer.concat([prefix, Buffer.alloc(4), Buffer.of(last ? 1 : 0)]);
    iv.writeUInt32BE(i, 7);
    const { ciphertext, tag } = gcm(contentKey, iv, header, plaintext.subarray(i * CHUNK, (i + 1) * CHUNK));
    parts.push(Buffer.concat([ciphertext, tag]));
  }
  return parts;
}

/** A P-256 key pair from a private scalar. */
function keyPair(scalar: Buffer) {
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(scalar);
  const point = ecdh.getPublicKey();
  const jwk = { kty: "EC", crv: "P-256", x: b64(point.subarray(1, 33)), y: b64(point.subarray(33)) };
  const thumbprint = createHash("sha256").update(`{"crv":"P-256","kty":"EC","x":"${jwk.x}","y":"${jwk.y}"}`);
  return { ecdh, point, publicJwk: jwk, jwk: { ...jwk, d: b64(scalar) }, kid: thumbprint.digest("base64url") };
}

function referenceEnvelope(plaintext: string, node: ReturnType<typeof keyPair>): string {
  const ephemeral = keyPair(fixed("ephemeral key"));
  const alg = "ECDH-ES+A256KW";
  const u32 = (value: number): Buffer => {
    const out = Buffer.alloc(4);
    out.writeUInt32BE(value);
    return out;
  };
  // Concat KDF, RFC 7518 section 4.6.2: round ‖ Z ‖ AlgorithmID ‖ PartyUInfo ‖ PartyVInfo ‖ SuppPubInfo.
  const shared = ephemeral.ecdh.computeSecret(node.point);
  const wrapping = sha(u32(1), shared, u32(alg.length), Buffer.from(alg), u32(0), u32(0), u32(256));
  const contentKey = fixed("content encryption key");
  const wrap = createCipheriv("id-aes256-wrap", wrapping, Buffer.alloc(8, 0xa6));
  const header = b64(JSON.stringify({ alg, enc: "A256GCM", epk: ephemeral.publicJwk }));
  const iv = fixed("envelope iv").subarray(0, 12);
  const { ciphertext, tag } = gcm(contentKey, iv, Buffer.from(header, "ascii"), Buffer.from(plaintext));
  const wrapped = Buffer.concat([wrap.update(contentKey), wrap.final()]);
  return JSON.stringify({
    ciphertext: b64(ciphertext),
    iv: b64(iv),
    protected: header,
    recipients: [{ encrypted_key: b64(wrapped), header: { kid: node.kid } }],
    tag: b64(tag),
  });
}

export function sealingVectors() {
  const contentKey = fixed("content key");
  const noncePrefix = fixed("nonce prefix").subarray(0, 7);
  const bodies = [0, 1, 100, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK - 5].map((size) => {
    const sealed = Buffer.concat(referenceBody(contentKey, noncePrefix, pattern(size)));
    const whole = size <= 100 ? { sealed: hex(sealed) } : {};
    return { size, bytes: sealed.length, blobRoot: reference("blob", sealed, []).root, ...whole };
  });
  const node = keyPair(fixed("node key"));
  const keys = {
    noiseRoot: hex(fixed("noise root")),
    noiseSecret: hex(fixed("noise secret")),
    packages: [
      {
        contentKey: hex(contentKey),
        packageRoot: hex(fixed("package root")),
        packageSecret: hex(fixed("package secret")),
        weightsRoot: hex(fixed("weights root")),
      },
    ],
    version: 1,
  };
  return {
    comment:
      "Bodies: plaintext byte i is (7 + 31·i + ⌊i/256⌋·5) mod 256. Envelope: `plaintext` sealed to `nodeKey`, to be opened byte for byte.",
    contentKey: hex(contentKey),
    noncePrefix: hex(noncePrefix),
    bodies,
    envelope: {
      nodeKey: node.jwk,
      point: hex(node.point),
      kid: node.kid,
      keys,
      plaintext: JSON.stringify(keys),
      sealed: referenceEnvelope(JSON.stringify(keys), node),
    },
  };
}

if (import.meta.main) {
  writeFileSync(new URL("sealing.json", import.meta.url), `${JSON.stringify(sealingVectors(), null, 2)}\n`);
}
