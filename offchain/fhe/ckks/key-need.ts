/** What a plan needs of a key set, and what of it a key set lacks. */
import { KEY_KINDS, type KeyKind } from "./key-set.ts";

/** A key a plan uses. The client makes and uploads only what its key set lacks. */
export type KeyNeed =
  | { readonly kind: "galois"; readonly element: number; readonly gadget: 1; readonly level: number }
  | { readonly kind: "relin"; readonly gadget: 1; readonly level: number }
  | { readonly kind: "switch"; readonly ring: number; readonly gadget: 2 }
  | { readonly kind: "compactPublic" | "batchPublic"; readonly ring: number };

/** One row of a pack's table (docs/formats.md, section 5). */
export interface KeyEntry {
  readonly kind: KeyKind;
  /** 1: a digit each group of the parameter set; 2: base 2⁴; 0: none. */
  readonly gadget: number;
  /** Data primes the key can be used at; 0 for keys of the small ring. */
  readonly level: number;
  /** Galois element, degree of the small ring, or 0. */
  readonly element: number;
}

/** The row of a pack's table that serves a need exactly. */
export function entryOf(need: KeyNeed): KeyEntry {
  const kind = KEY_KINDS[need.kind];
  switch (need.kind) {
    case "galois":
      return { kind, gadget: need.gadget, level: need.level, element: need.element };
    case "relin":
      return { kind, gadget: need.gadget, level: need.level, element: 0 };
    case "switch":
      return { kind, gadget: need.gadget, level: 0, element: need.ring };
    case "compactPublic":
    case "batchPublic":
      return { kind, gadget: 0, level: 0, element: need.ring };
  }
}

/** The order of a pack's table: by kind, then by element. */
export function compareEntries(a: KeyEntry, b: KeyEntry): number {
  return a.kind - b.kind || a.element - b.element;
}

/** Whether a key can do what an entry asks: the same key, usable at least as high. */
export function covers(key: KeyEntry, wanted: KeyEntry): boolean {
  return compareEntries(key, wanted) === 0 && key.gadget === wanted.gadget && key.level >= wanted.level;
}

/**
 * The needs a key set cannot serve.
 *
 * @param have the entries of all packs of the key set
 * @param needs what a plan lists
 * @returns those needs, in their order
 */
export function missingNeeds(have: readonly KeyEntry[], needs: readonly KeyNeed[]): KeyNeed[] {
  return needs.filter((need) => !have.some((key) => covers(key, entryOf(need))));
}
