import { ether, type Sentences, short, text } from "./words.ts";

/** Errors of the ModelRegistry and of ModelAccess. */
export const MODEL_SENTENCES: Sentences = {
  ModelRegistry_UnknownModel: (args) => ({
    message: `There is no model ${text(args, 0)}.`,
    next: "Check the number and that the wallet is on the right chain.",
  }),
  ModelRegistry_UnknownVersion: (args) => ({
    message: `Model ${text(args, 0)} has no version ${text(args, 1)}.`,
    next: "Choose one of its versions; they count from 1.",
  }),
  ModelRegistry_UnknownPlan: (args) => ({
    message: `Version ${text(args, 1)} of model ${text(args, 0)} has no plan ${text(args, 2)}.`,
    next: "Choose one of its plans; they count from 0.",
  }),
  ModelRegistry_NotOwner: (args) => ({
    message: `${short(args, 1)} does not own model ${text(args, 0)}.`,
    next: "Use the account that owns the model.",
  }),
  ModelRegistry_Retired: (args) => ({
    message: `Model ${text(args, 0)} is retired, which is final.`,
    next: "Register a new model.",
  }),
  ModelRegistry_BadStatus: () => ({
    message: "A model is active, paused or retired; another status cannot be set.",
    next: "Choose one of the three.",
  }),
  ModelRegistry_BadPlanCount: (args) => ({
    message: `A version has 1 to 16 plans, not ${text(args, 0)}.`,
    next: "Publish fewer plans, or at least one.",
  }),
  ModelRegistry_BadPlan: (args) => ({
    message: `Plan ${text(args, 0)} of the version lacks a digest, a root, its semantics or its units.`,
    next: "Compile the model again and publish what came out.",
  }),
  ModelRegistry_BadVersion: () => ({
    message: "The version lacks its noise root or its manifest root.",
    next: "Seal the model again and publish what came out.",
  }),
  ModelAccess_NotOwner: (args) => ({
    message: `${short(args, 1)} does not own model ${text(args, 0)}.`,
    next: "Use the account that owns the model.",
  }),
  ModelAccess_UnknownVersion: (args) => ({
    message: `Model ${text(args, 0)} has no version ${text(args, 1)}.`,
    next: "Choose one of its versions; they count from 1.",
  }),
  ModelAccess_NotANode: (args) => ({
    message: `${short(args, 0)} is not a registered node.`,
    next: "The node has to register with a stake first.",
  }),
  ModelAccess_NoEnvelope: () => ({
    message: "A node is authorised, and a licence given, with the digest of an envelope, which is missing.",
    next: "Seal the version's keys to the node or the licensee first.",
  }),
  ModelAccess_NotAuthorised: (args) => ({
    message: `${short(args, 2)} is not authorised for version ${text(args, 1)} of model ${text(args, 0)}.`,
    next: "The model's owner has to authorise the node first.",
  }),
  ModelAccess_NotLicensed: (args) => ({
    message: `${short(args, 2)} has no licence for version ${text(args, 1)} of model ${text(args, 0)}.`,
    next: "Nothing to do.",
  }),
  ModelAccess_NoLicensee: () => ({
    message: "A licence is given to an account, which is missing.",
    next: "Say whose the licence is.",
  }),
  ModelAccess_AlreadyJoined: (args) => ({
    message: `${short(args, 2)} serves version ${text(args, 1)} of model ${text(args, 0)} already.`,
    next: "Nothing to do; to change the bond, resign and join again.",
  }),
  ModelAccess_NotJoined: (args) => ({
    message: `${short(args, 2)} does not serve version ${text(args, 1)} of model ${text(args, 0)}.`,
    next: "Nothing to do.",
  }),
  ModelAccess_BadBond: (args) => ({
    message: `A bond of ${ether(args, 0)} is not between ${ether(args, 1)} and ${ether(args, 2)} in steps of ${ether(args, 3)}.`,
    next: "Choose a bond in that range.",
  }),
  ModelAccess_Full: (args) => ({
    message: `Version ${text(args, 1)} of model ${text(args, 0)} has ${text(args, 2)} nodes, the most it can have.`,
    next: "Try again when a node has resigned and its time is over.",
  }),
  ModelAccess_EpochGone: (args) => ({
    message: `Who served in epoch ${text(args, 0)} is not known any more; the oldest known epoch is ${text(args, 1)}.`,
    next: "Ask for a later epoch.",
  }),
  ModelAccess_BadParameter: (args) => ({
    message: `ModelAccess cannot be deployed: its parameter ${text(args, 0)} is out of range.`,
    next: "Correct the deployment options.",
  }),
};
