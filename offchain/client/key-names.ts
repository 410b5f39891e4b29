/** The names under which a vault remembers the keys of its packs: `kind:element:level`. */
import type { KeyEntry } from "../fhe/ckks/key-need.ts";
import { KEY_KINDS, type KeyKind } from "../fhe/ckks/key-set.ts";

/** Gadgets follow from kinds (docs/formats.md, section 5). */
const GADGETS: Readonly<Record<KeyKind, number>> = {
  [KEY_KINDS.galois]: 1,
  [KEY_KINDS.relin]: 1,
  [KEY_KINDS.switch]: 2,
  [KEY_KINDS.compactPublic]: 0,
  [KEY_KINDS.batchPublic]: 0,
};

/** The name of a key. */
export function keyName({ kind, element, level }: KeyEntry): string {
  return `${kind}:${element}:${level}`;
}

/**
 * The key a name stands for.
 *
 * @returns undefined for a name this version does not know, whose key then counts as missing
 */
export function keyFromName(name: string): KeyEntry | undefined {
  const match = /^([1-9]\d?):(\d{1,10}):(\d{1,2})$/.exec(name);
  if (match === null) return undefined;
  const [kind, element, level] = match.slice(1).map(Number);
  if (!Object.hasOwn(GADGETS, kind)) return undefined;
  return { kind: kind as KeyKind, gadget: GADGETS[kind as KeyKind], element, level };
}
