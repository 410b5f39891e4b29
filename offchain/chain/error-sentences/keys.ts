import { type Sentences, short, text } from "./words.ts";

/** Errors of the KeyRegistry. */
export const KEY_SENTENCES: Sentences = {
  KeyRegistry_UnknownKeySet: (args) => ({
    message: `There is no key set ${short(args, 0)} on this chain.`,
    next: "Register the key set first, and check that the wallet is on the right chain.",
  }),
  KeyRegistry_AlreadyRegistered: (args) => ({
    message: `Key set ${short(args, 0)} is registered already.`,
    next: "Use it, append packs to it, or choose another salt.",
  }),
  KeyRegistry_NotOwner: (args) => ({
    message: `${short(args, 1)} does not own key set ${short(args, 0)}.`,
    next: "Use the account that registered it.",
  }),
  KeyRegistry_Revoked: (args) => ({
    message: `Key set ${short(args, 0)} is revoked, which is final.`,
    next: "Make a new key set.",
  }),
  KeyRegistry_BadPack: (args) => ({
    message: `Pack ${text(args, 0)} lacks a root or its size.`,
    next: "Make the pack again and register what came out.",
  }),
  KeyRegistry_BadPackCount: (args) => ({
    message: `${text(args, 0)} packs are not possible: 1 to 16 at once and 64 in all are.`,
    next: "Put more keys into one pack.",
  }),
  KeyRegistry_NoParameters: () => ({
    message: "A key set names its parameter set, which is missing.",
    next: "State the digest of the parameter set.",
  }),
};
