import { ether, type Sentences, short, text, time } from "./words.ts";

/** Errors of the NodeRegistry. */
export const NODE_SENTENCES: Sentences = {
  NodeRegistry_NotHub: (args) => ({
    message: `${short(args, 0)} is neither the hub nor the contract for disputes, which alone can do this.`,
    next: "Nothing to do.",
  }),
  NodeRegistry_UnknownNode: (args) => ({
    message: `${short(args, 0)} is not a registered node.`,
    next: "Register it with a stake first.",
  }),
  NodeRegistry_AlreadyRegistered: (args) => ({
    message: `${short(args, 0)} is registered as a node already.`,
    next: "Change its endpoint or key, or add stake, instead.",
  }),
  NodeRegistry_StakeTooSmall: (args) => ({
    message: `A stake of ${ether(args, 0)} is below the least, ${ether(args, 1)}.`,
    next: "Send at least that much along.",
  }),
  NodeRegistry_BadEncryptionKey: () => ({
    message: "The encryption key is not an uncompressed public key on the curve P-256 (65 bytes, starting with 0x04).",
    next: "Use the public key of the node's own key file.",
  }),
  NodeRegistry_BadEndpoint: (args) => ({
    message: `The endpoint has ${text(args, 0)} bytes; 1 to 256 are possible.`,
    next: "Use a shorter base URL.",
  }),
  NodeRegistry_Exiting: (args) => ({
    message: `${short(args, 0)} has asked for exit already; its stake may leave at ${time(args, 1)}.`,
    next: "Wait until then.",
  }),
  NodeRegistry_TooEarly: (args) => ({
    message: `The stake of ${short(args, 0)} cannot leave yet.`,
    next: "Ask for exit first, then wait for the exit delay.",
  }),
  NodeRegistry_HasDuties: (args) => ({
    message: `${ether(args, 1)} of the stake of ${short(args, 0)} is locked by duties.`,
    next: "Finish the duties first; they end with their challenge windows.",
  }),
  NodeRegistry_NotEnoughFree: (args) => ({
    message: `${ether(args, 1)} of the stake of ${short(args, 0)} is free, ${ether(args, 2)} is needed.`,
    next: "Add stake, or wait until duties end.",
  }),
  NodeRegistry_PenaltyTooLarge: (args) => ({
    message: `A penalty of ${ether(args, 0)} exceeds the bond of the duty, ${ether(args, 1)}.`,
    next: "Nothing to do.",
  }),
  NodeRegistry_BadParameter: (args) => ({
    message: `The NodeRegistry cannot be deployed: its parameter ${text(args, 0)} is out of range.`,
    next: "Correct the deployment options.",
  }),
};
