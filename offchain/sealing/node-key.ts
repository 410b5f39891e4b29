/** A node's encryption key: P-256, on chain as an uncompressed point, at the node as a JWK. */
import { base64url, calculateJwkThumbprint, type JWK } from "jose";
import * as z from "zod";

import { concatBytes } from "../digest/bytes.ts";
import { fromHex, toHex, type Hex } from "../digest/hex.ts";
import { NodeKeyError } from "./errors.ts";

/** Bytes of 0x04 ‖ x ‖ y. */
export const POINT_BYTES = 65;

const ECDH = { name: "ECDH", namedCurve: "P-256" } as const;

/** What owners seal to. */
export interface NodePublicKey {
  /** As it stands on chain: 0x04 ‖ x ‖ y. */
  readonly point: Hex;
  /** RFC 7638 thumbprint: names the recipient in an envelope. */
  readonly kid: string;
  readonly key: CryptoKey;
}

/** What a node opens envelopes with. The private half cannot be exported. */
export interface NodeKey {
  readonly publicKey: NodePublicKey;
  readonly privateKey: CryptoKey;
}

/** A private P-256 key as RFC 7518, section 6.2 writes it. Secret: keep it encrypted at rest. */
export interface NodeKeyJwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  readonly d: string;
}

const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const privateJwk = z.object({
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  x: coordinate,
  y: coordinate,
  d: coordinate,
});

/**
 * Reads a public key as it stands on chain.
 *
 * @param point 65 bytes, 0x04 ‖ x ‖ y
 * @throws NodeKeyError when it is not an uncompressed point on the curve (WebCrypto checks the equation: W3C WebCrypto, section 24.4.4)
 */
export async function nodePublicKey(point: Hex): Promise<NodePublicKey> {
  let bytes: Uint8Array<ArrayBuffer>;
  let key: CryptoKey;
  try {
    bytes = fromHex(point, POINT_BYTES);
    if (bytes[0] !== 4) throw new NodeKeyError("the point is not in uncompressed form");
    key = await crypto.subtle.importKey("raw", bytes, ECDH, true, []);
  } catch (cause) {
    if (cause instanceof NodeKeyError) throw cause;
    throw new NodeKeyError("it is not a point on P-256 of 65 bytes", { cause });
  }
  const jwk: JWK = {
    kty: "EC",
    crv: "P-256",
    x: base64url.encode(bytes.subarray(1, 33)),
    y: base64url.encode(bytes.subarray(33)),
  };
  return { point, kid: await calculateJwkThumbprint(jwk, "sha256"), key };
}

/**
 * Makes a node's key pair.
 *
 * @returns the private key as a JWK, to be stored encrypted and read again by `importNodeKey`
 */
export async function generateNodeKey(): Promise<NodeKeyJwk> {
  const pair = await crypto.subtle.generateKey(ECDH, true, ["deriveBits"]);
  return privateJwk.parse(await crypto.subtle.exportKey("jwk", pair.privateKey));
}

/**
 * Reads a private key.
 *
 * @param jwk what `generateNodeKey` gave; further members are ignored
 * @throws NodeKeyError when it is not a P-256 private key, or its two halves do not belong together
 */
export async function importNodeKey(jwk: unknown): Promise<NodeKey> {
  const parsed = privateJwk.safeParse(jwk);
  // No cause from here on: it could quote the key.
  if (!parsed.success) throw new NodeKeyError("it is not a P-256 private key in JWK form");
  const { x, y, d } = parsed.data;
  const publicKey = await nodePublicKey(toHex(concatBytes(Uint8Array.of(4), base64url.decode(x), base64url.decode(y))));
  let privateKey: CryptoKey;
  try {
    privateKey = await crypto.subtle.importKey("jwk", { kty: "EC", crv: "P-256", x, y, d }, ECDH, false, [
      "deriveBits",
    ]);
  } catch {
    throw new NodeKeyError("its private and public half are not a P-256 key pair");
  }
  return { publicKey, privateKey };
}
