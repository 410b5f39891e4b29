import { ether, type Sentences, short, text, time } from "./words.ts";

/** Errors of Disputes. */
export const DISPUTE_SENTENCES: Sentences = {
  Disputes_WrongPhase: (args) => ({
    message: `The dispute about request ${text(args, 0)} is in another phase, so this cannot be done now.`,
    next: "Look at the dispute again: it has not begun, or has moved on.",
  }),
  Disputes_WrongBond: (args) => ({
    message: `${ether(args, 0)} was sent along, but a challenge takes exactly ${ether(args, 1)}.`,
    next: "Send exactly the bond; it comes back unless the challenge is wrong or not revealed.",
  }),
  Disputes_NotYourChallenge: (args) => ({
    message: `${short(args, 2)} has no open challenge ${text(args, 1)} of request ${text(args, 0)}.`,
    next: "Check the number; a challenge is revealed once, by who committed to it, and closed once.",
  }),
  Disputes_WrongReveal: (args) => ({
    message: `This is not what ${short(args, 1)} committed to about request ${text(args, 0)}.`,
    next: "Reveal exactly the answer and the salt that were committed to.",
  }),
  Disputes_NothingChallenged: (args) => ({
    message: `The challenge of request ${text(args, 0)} names the very answer it challenges, or no answer.`,
    next: "Nothing to do: the answer is what was computed here, too.",
  }),
  Disputes_NotRequester: (args) => ({
    message: `${short(args, 1)} did not make request ${text(args, 0)}, so it cannot say that its result is withheld.`,
    next: "Use the wallet that made the request.",
  }),
  Disputes_NotDrawn: (args) => ({
    message: `Request ${text(args, 0)} was not drawn for an audit.`,
    next: "Challenge its result, if it is wrong.",
  }),
  Disputes_NoSeed: (args) => ({
    message: `The draw for request ${text(args, 0)} (round ${text(args, 1)}) is not decided yet, or was not used in time.`,
    next: "Wait a block or two and try again; what is not used in time ends by its deadline.",
  }),
  Disputes_NotYourVote: (args) => ({
    message: `${short(args, 1)} has no such vote in the dispute about request ${text(args, 0)} now.`,
    next: "Nothing to do: others are the jury, or this step is done.",
  }),
  Disputes_TooLate: (args) => ({
    message: `It is too late in the dispute about request ${text(args, 0)}: the time was up at ${time(args, 1)}.`,
    next: "Look at the dispute again.",
  }),
  Disputes_TooEarly: (args) => ({
    message: `It is too early in the dispute about request ${text(args, 0)}.`,
    next: `Try again after ${time(args, 1)}.`,
  }),
  Disputes_NoMajority: (args) => ({
    message: `${text(args, 1)} of the jury of request ${text(args, 0)} gave this answer with this state; ${text(args, 2)} are needed.`,
    next: "Name the answer and the state digest that more than half of the jury gave.",
  }),
  Disputes_BadParameter: (args) => ({
    message: `Disputes cannot be deployed: its parameter ${text(args, 0)} is out of range.`,
    next: "Correct the deployment options.",
  }),
};
