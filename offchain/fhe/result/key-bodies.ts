import type { KeyBody } from "../ckks/key-body.ts";
import type { KeyEntry } from "../ckks/key-need.ts";
import { KeyPackError } from "../ckks/key-pack-error.ts";
import { KEY_KINDS } from "../ckks/key-set.ts";
import type { ParameterSet } from "../ckks/parameters.ts";
import { untrusted } from "../ckks/untrusted.ts";
import { compactPublicKeyResidues, switchKeyResidues } from "./opened-keys.ts";
import { supportsCompact } from "./ring-switch.ts";
import { generateCompactPublicKey, generateSwitchKey, SMALL_POLYNOMIAL_BYTES, switchKeyBytes } from "./small-keys.ts";
import { SMALL_DEGREE } from "./small-ring.ts";

/**
 * How key packs make, measure, check and read the two keys of the small ring (docs/spec/compact-1.md, section 2). For `generatePack`,
 * `parsePack` and `packRoot`.
 */
export const smallKeyBody: KeyBody = {
  kinds: [KEY_KINDS.switch, KEY_KINDS.compactPublic],
  bytes(entry, params) {
    checkEntry(entry, params);
    return isSwitch(entry) ? switchKeyBytes(params) : SMALL_POLYNOMIAL_BYTES;
  },
  make: (secret, keySet, entry) =>
    isSwitch(entry) ? generateSwitchKey(secret, keySet) : generateCompactPublicKey(secret, keySet),
  check() {
    // Every 27 bits are a coefficient: a body of the right size cannot be malformed.
  },
  residues: (body, entry, params, keySet) => [
    isSwitch(entry)
      ? switchKeyResidues(params, keySet, untrusted(body))
      : compactPublicKeyResidues(keySet, untrusted(body)),
  ],
};

function isSwitch(entry: KeyEntry): boolean {
  return entry.kind === KEY_KINDS.switch;
}

/** Gadget 2 is base 2^4 (docs/formats.md, section 5); a public key has none. */
function checkEntry(entry: KeyEntry, params: ParameterSet): void {
  const gadget = isSwitch(entry) ? 2 : 0;
  if (entry.gadget !== gadget)
    throw new KeyPackError("PACK_GADGET", `a key of kind ${entry.kind} has gadget ${gadget}`);
  if (entry.level !== 0) throw new KeyPackError("PACK_LEVEL", "a key of the small ring has level 0");
  if (entry.element !== SMALL_DEGREE)
    throw new KeyPackError("PACK_ELEMENT", `the small ring has degree ${SMALL_DEGREE}`);
  if (!supportsCompact(params)) throw new KeyPackError("PACK_PARAMS", `${params.id} has no compact results`);
}
