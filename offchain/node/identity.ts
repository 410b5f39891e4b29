/**
 * The two keys of a node: the account that stakes and signs, and the P-256 key that model owners seal packages to. Kept in one file, a JWE
 * under the operator's passphrase (PBES2-HS512+A256KW, RFC 7518 section 4.8), mode 0600.
 */
import { open, readFile } from "node:fs/promises";

import { Wallet } from "ethers";
import { CompactEncrypt, compactDecrypt, errors as joseErrors } from "jose";
import { z } from "zod";

import { generateNodeKey, importNodeKey, type NodeKey } from "../sealing/node-key.ts";
import { IdentityError } from "./errors.ts";

/** OWASP's figure for PBKDF2-HMAC-SHA512 is 210,000; sealing happens once. */
const ITERATIONS = 600_000;
const MIN_PASSPHRASE = 8;

const stored = z.strictObject({
  version: z.literal(1),
  account: z.string().regex(/^0x[0-9a-f]{64}$/),
  encryption: z.strictObject({
    kty: z.literal("EC"),
    crv: z.literal("P-256"),
    x: z.string(),
    y: z.string(),
    d: z.string(),
  }),
});

export interface NodeIdentity {
  /** Signs transactions; not connected to a provider. */
  readonly account: Wallet;
  /** Opens envelopes. */
  readonly encryption: NodeKey;
}

/**
 * Makes a node's keys and stores them.
 *
 * @param file must not exist
 * @param passphrase at least 8 characters
 * @param account private key of an account to use; a fresh one when omitted
 * @throws IdentityError when the file is there already, the passphrase is short, or the account's key is no key
 */
export async function createIdentity(file: string, passphrase: string, account?: string): Promise<NodeIdentity> {
  if (passphrase.length < MIN_PASSPHRASE)
    throw new IdentityError(`the passphrase has fewer than ${MIN_PASSPHRASE} characters`);
  let wallet: { readonly privateKey: string };
  try {
    wallet = account === undefined ? Wallet.createRandom() : new Wallet(account);
  } catch {
    // No cause: it could quote the key.
    throw new IdentityError("the account's private key is not 32 bytes of hexadecimal");
  }
  const encryption = await generateNodeKey();
  const plaintext = new TextEncoder().encode(JSON.stringify({ version: 1, account: wallet.privateKey, encryption }));
  const sealed = await new CompactEncrypt(plaintext)
    .setProtectedHeader({ alg: "PBES2-HS512+A256KW", enc: "A256GCM" })
    .setKeyManagementParameters({ p2c: ITERATIONS })
    .encrypt(new TextEncoder().encode(passphrase.normalize("NFKC")));
  plaintext.fill(0);
  try {
    const handle = await open(file, "wx", 0o600);
    try {
      await handle.writeFile(`${sealed}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const there = (cause as NodeJS.ErrnoException).code === "EEXIST";
    throw new IdentityError(there ? `${file} is there already and was left as it is` : `${file} could not be written`, {
      cause,
    });
  }
  return { account: new Wallet(wallet.privateKey), encryption: await importNodeKey(encryption) };
}

/**
 * Reads a node's keys.
 *
 * @throws IdentityError when there is no file, the passphrase is wrong, or the file was damaged
 */
export async function openIdentity(file: string, passphrase: string): Promise<NodeIdentity> {
  let sealed: string;
  try {
    sealed = await readFile(file, "utf8");
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new IdentityError(
      missing ? `there are none in ${file}; make them with \`cloakwork node init\`` : `${file} could not be read`,
      { cause },
    );
  }
  let plaintext: Uint8Array;
  try {
    const options = {
      maxPBES2Count: ITERATIONS,
      keyManagementAlgorithms: ["PBES2-HS512+A256KW"],
      contentEncryptionAlgorithms: ["A256GCM"],
    };
    ({ plaintext } = await compactDecrypt(
      sealed.trim(),
      new TextEncoder().encode(passphrase.normalize("NFKC")),
      options,
    ));
  } catch (error) {
    if (error instanceof joseErrors.JWEDecryptionFailed)
      throw new IdentityError("the passphrase is wrong, or the file was changed");
    throw new IdentityError(`${file} does not hold a node's keys`);
  }
  const parsed = stored.safeParse(JSON.parse(new TextDecoder().decode(plaintext)));
  plaintext.fill(0);
  // No cause here: it could quote a key.
  if (!parsed.success) throw new IdentityError(`${file} opens, but holds something else than a node's keys`);
  return { account: new Wallet(parsed.data.account), encryption: await importNodeKey(parsed.data.encryption) };
}
