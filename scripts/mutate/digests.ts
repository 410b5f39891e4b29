/** What a verdict about a mutant rests on, as digests: a verdict holds as long as they are the same. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** Files tests read by their path from the root, and modules they import. */
const READ = /"(test\/[^"]+\.json)"/g;
const IMPORTED = /(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g;

/** SHA-256 of texts with their names, in hex. */
export function digestOf(parts: readonly (readonly [name: string, text: string])[]): string {
  const hash = createHash("sha256");
  for (const [name, text] of parts) hash.update(`${name}\0${String(text.length)}\0${text}\0`);
  return hash.digest("hex");
}

/**
 * Digest of a module and all it rests on in this project: modules it imports, however far, and files they read.
 *
 * @param root the project's folder
 * @param file path of a TypeScript file in it
 * @param also what else it depends on
 */
export function digestOfModule(root: string, file: string, also: string): string {
  const texts = new Map<string, string>();
  const waiting = [file];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const name = relative(root, path);
    if (texts.has(name) || !existsSync(path)) continue;
    const text = readFileSync(path, "utf8");
    texts.set(name, text);
    for (const [, target] of text.matchAll(IMPORTED)) waiting.push(join(dirname(path), target));
    for (const [, target] of text.matchAll(READ)) waiting.push(join(root, target));
  }
  return digestOf([[relative(root, file), also], ...[...texts].sort(([a], [b]) => (a < b ? -1 : 1))]);
}
