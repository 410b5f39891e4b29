/** The owner's own P-256 key, to which the keys of every version are sealed: a JWE under a passphrase, mode 0600. */
import { mkdir, open, readFile } from "node:fs/promises";
import path from "node:path";

import { CompactEncrypt, compactDecrypt } from "jose";

import { generateNodeKey, importNodeKey, type NodeKey } from "../sealing/node-key.ts";
import { CliError, unreadable } from "./errors.ts";

/** OWASP's figure for PBKDF2-HMAC-SHA512 is 210,000. */
const ITERATIONS = 600_000;
const ALGORITHM = "PBES2-HS512+A256KW";
const MIN_PASSPHRASE = 8;
const utf8 = new TextEncoder();

/**
 * Opens the key, or makes it when there is none.
 *
 * @param passphrase asked for once it is known what for
 * @throws CliError `OWNER_KEY_PASSPHRASE`, `OWNER_KEY_UNREADABLE`, `WEAK_PASSPHRASE`, `FILE_UNREADABLE`
 */
export async function ownerKey(file: string, passphrase: (isNew: boolean) => Promise<string>): Promise<NodeKey> {
  let sealed: string;
  try {
    sealed = await readFile(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw unreadable("owner's key", file, cause);
    return createOwnerKey(file, await passphrase(true));
  }
  return openOwnerKey(sealed.trim(), await passphrase(false));
}

async function createOwnerKey(file: string, passphrase: string): Promise<NodeKey> {
  if (passphrase.length < MIN_PASSPHRASE) {
    throw new CliError(
      "WEAK_PASSPHRASE",
      `The passphrase has fewer than ${MIN_PASSPHRASE} characters.`,
      "Choose a longer one, for example four random words.",
    );
  }
  const jwk = await generateNodeKey();
  const plaintext = utf8.encode(JSON.stringify(jwk));
  const sealed = await new CompactEncrypt(plaintext)
    .setProtectedHeader({ alg: ALGORITHM, enc: "A256GCM" })
    .setKeyManagementParameters({ p2c: ITERATIONS })
    .encrypt(utf8.encode(passphrase.normalize("NFKC")));
  plaintext.fill(0);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, "wx", 0o600);
  try {
    await handle.writeFile(`${sealed}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return importNodeKey(jwk);
}

async function openOwnerKey(sealed: string, passphrase: string): Promise<NodeKey> {
  let plaintext: Uint8Array;
  try {
    ({ plaintext } = await compactDecrypt(sealed, utf8.encode(passphrase.normalize("NFKC")), {
      maxPBES2Count: ITERATIONS,
      keyManagementAlgorithms: [ALGORITHM],
      contentEncryptionAlgorithms: ["A256GCM"],
    }));
  } catch {
    // No cause: it could quote the key.
    throw new CliError(
      "OWNER_KEY_PASSPHRASE",
      "The owner's key does not open: the passphrase is wrong, or the file was changed.",
      "Try again, or restore the file from a backup; without it no further node can be authorised.",
    );
  }
  try {
    return await importNodeKey(JSON.parse(new TextDecoder().decode(plaintext)));
  } finally {
    plaintext.fill(0);
  }
}
