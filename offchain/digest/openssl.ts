/**
 * What is made with Node's cryptography, which is OpenSSL. Undefined in a browser: nothing of Node is imported for it.
 *
 * @param make is given the module `node:crypto`
 */
export function withOpenssl<T>(make: (openssl: typeof import("node:crypto")) => T): T | undefined {
  const { process: node } = globalThis as { readonly process?: Partial<NodeJS.Process> };
  const crypto = node?.getBuiltinModule?.("node:crypto");
  return crypto && make(crypto);
}
