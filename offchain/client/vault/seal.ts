/**
 * A vault as bytes: AES-256-GCM under a random data key, which is wrapped under a key derived from the passphrase by scrypt.
 *
 * Changing the passphrase rewraps 32 bytes; the cost of scrypt (N = 2^17, r = 8, p = 1: OWASP's first choice) is paid once an opening.
 * The header is authenticated with the wrapped key, so that nobody can lower the cost parameters.
 */
import { base64url } from "jose";
import * as z from "zod";

import { vaultContents, type VaultContents } from "./contents.ts";
import { VaultDamagedError, WrongPassphraseError } from "./errors.ts";
import { scrypt, type KdfProgress } from "./scrypt.ts";

const NONCE = 12;
const KEY = 32;
const SALT = 32;
const SCRYPT = { N: 2 ** 17, r: 8, p: 1 } as const;
/** A vault of a thousand key sets stays far below; more is not read into memory. */
const MAX_BYTES = 64 * 1024 * 1024;

const header = z.strictObject({
  format: z.literal("cloakwork-vault"),
  version: z.literal(1),
  kdf: z.strictObject({
    name: z.literal("scrypt"),
    N: z.literal(SCRYPT.N),
    r: z.literal(SCRYPT.r),
    p: z.literal(SCRYPT.p),
    salt: z.base64url(),
  }),
});
const sealed = header.extend({ wrappedKey: z.base64url(), body: z.base64url() });
type Header = z.infer<typeof header>;

const utf8 = new TextEncoder();
const decode = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(base64url.decode(text));

/** The data key and the header it was wrapped under; what an open vault keeps in memory. */
export interface VaultKey {
  readonly key: CryptoKey;
  readonly header: Header;
  readonly wrappedKey: Uint8Array<ArrayBuffer>;
}

async function passphraseKey(
  passphrase: string,
  { salt, ...cost }: Header["kdf"],
  onProgress?: KdfProgress,
): Promise<CryptoKey> {
  const raw = await scrypt(utf8.encode(passphrase.normalize("NFKC")), decode(salt), cost, KEY, onProgress);
  const bytes = Uint8Array.from(raw);
  raw.fill(0);
  const key = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["wrapKey", "unwrapKey"]);
  bytes.fill(0);
  return key;
}

function aead(nonce: Uint8Array<ArrayBuffer>, context: string): AesGcmParams {
  return { name: "AES-GCM", iv: nonce, additionalData: utf8.encode(context) };
}

/** Makes a data key and wraps it under the passphrase. */
export async function newVaultKey(passphrase: string, onProgress?: KdfProgress): Promise<VaultKey> {
  const salt = base64url.encode(crypto.getRandomValues(new Uint8Array(SALT)));
  const head: Header = { format: "cloakwork-vault", version: 1, kdf: { name: "scrypt", ...SCRYPT, salt } };
  // Extractable for the one call that wraps it; what stays in memory is not.
  const extractable = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt", "decrypt"]);
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE));
  const wrapping = await passphraseKey(passphrase, head.kdf, onProgress);
  const wrapped = await crypto.subtle.wrapKey("raw", extractable, wrapping, aead(nonce, JSON.stringify(head)));
  const wrappedKey = new Uint8Array(NONCE + wrapped.byteLength);
  wrappedKey.set(nonce);
  wrappedKey.set(new Uint8Array(wrapped), NONCE);
  const key = await crypto.subtle.unwrapKey(
    "raw",
    wrapped,
    wrapping,
    aead(nonce, JSON.stringify(head)),
    "AES-GCM",
    false,
    ["encrypt", "decrypt"],
  );
  return { key, header: head, wrappedKey };
}

/** @returns the vault as bytes that may be kept anywhere */
export async function sealVault(
  { key, header: head, wrappedKey }: VaultKey,
  contents: VaultContents,
): Promise<Uint8Array> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE));
  const plain = utf8.encode(JSON.stringify(contents));
  const cipher = await crypto.subtle.encrypt(aead(nonce, "cloakwork-vault/body/1"), key, plain);
  plain.fill(0);
  const body = new Uint8Array(NONCE + cipher.byteLength);
  body.set(nonce);
  body.set(new Uint8Array(cipher), NONCE);
  return utf8.encode(
    JSON.stringify({ ...head, wrappedKey: base64url.encode(wrappedKey), body: base64url.encode(body) }),
  );
}

function parseSealed(bytes: Uint8Array): z.infer<typeof sealed> {
  if (bytes.length > MAX_BYTES) throw new VaultDamagedError(`it has ${bytes.length} bytes, more than a vault can have`);
  try {
    return sealed.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw new VaultDamagedError("its bytes are not those of a vault of this version", { cause });
  }
}

/**
 * Unwraps the data key.
 *
 * @throws WrongPassphraseError, or VaultDamagedError when the bytes are not a vault
 */
export async function openVaultKey(bytes: Uint8Array, passphrase: string, onProgress?: KdfProgress): Promise<VaultKey> {
  const { wrappedKey, format, version, kdf } = parseSealed(bytes);
  const head: Header = { format, version, kdf };
  const wrapped = decode(wrappedKey);
  const wrapping = await passphraseKey(passphrase, head.kdf, onProgress);
  try {
    const params = aead(wrapped.slice(0, NONCE), JSON.stringify(head));
    const key = await crypto.subtle.unwrapKey("raw", wrapped.slice(NONCE), wrapping, params, "AES-GCM", false, [
      "encrypt",
      "decrypt",
    ]);
    return { key, header: head, wrappedKey: wrapped };
  } catch {
    throw new WrongPassphraseError();
  }
}

/** @throws VaultDamagedError when the body was changed or does not hold what a vault holds */
export async function openVault({ key }: VaultKey, bytes: Uint8Array): Promise<VaultContents> {
  const body = decode(parseSealed(bytes).body);
  try {
    const plain = await crypto.subtle.decrypt(
      aead(body.slice(0, NONCE), "cloakwork-vault/body/1"),
      key,
      body.slice(NONCE),
    );
    return vaultContents.parse(JSON.parse(new TextDecoder().decode(plain)));
  } catch (cause) {
    // The cause could quote contents; only its kind is kept.
    const kind = cause instanceof Error ? cause.name : "unknown";
    throw new VaultDamagedError(`its contents do not open with its own key (${kind})`);
  }
}
