import { type Sentences, short, text } from "./words.ts";

const UNSUITED = "Use an address that can own tokens.";

/** Errors of Balances and of the OpenZeppelin contracts underneath. */
export const LIBRARY_SENTENCES: Sentences = {
  Balances_Insufficient: (args) => ({
    message: `The balance of ${short(args, 1)} is ${text(args, 2)}, less than the ${text(args, 3)} asked for (in the token's smallest unit).`,
    next: "Ask for at most the balance.",
  }),
  Balances_NothingToDo: () => ({ message: "The amount is zero.", next: "State an amount above zero." }),
  Balances_NoAccount: () => ({ message: "The zero address cannot own a balance.", next: "State an account." }),
  Balances_TransferFailed: (args) => ({
    message: `${short(args, 0)} refused the ether; the balance is untouched.`,
    next: "Withdraw to another address.",
  }),
  Balances_NotArrived: (args) => ({
    message: `Of the token ${short(args, 0)} only ${text(args, 1)} arrived where ${text(args, 2)} were due: it keeps a part of what is transferred.`,
    next: "Such tokens cannot pay here; nothing was charged.",
  }),
  Balances_LengthMismatch: (args) => ({
    message: `${text(args, 0)} accounts and ${text(args, 1)} amounts do not fit each other.`,
    next: "State one amount an account.",
  }),
  ERC721IncorrectOwner: (args) => ({
    message: `${short(args, 0)} does not own model ${text(args, 1)}.`,
    next: "Transfer from the account that owns it.",
  }),
  ERC721InsufficientApproval: (args) => ({
    message: `${short(args, 0)} may not transfer model ${text(args, 1)}.`,
    next: "Have its owner approve the account first.",
  }),
  ERC721InvalidApprover: (args) => ({
    message: `${short(args, 0)} may not approve others for this model.`,
    next: "Use the account that owns the model.",
  }),
  ERC721InvalidOperator: (args) => ({ message: `${short(args, 0)} cannot be an operator.`, next: UNSUITED }),
  ERC721InvalidOwner: (args) => ({ message: `${short(args, 0)} cannot own models.`, next: UNSUITED }),
  ERC721InvalidReceiver: (args) => ({ message: `${short(args, 0)} cannot receive models.`, next: UNSUITED }),
  ERC721InvalidSender: (args) => ({ message: `${short(args, 0)} cannot send this model.`, next: UNSUITED }),
  ERC721NonexistentToken: (args) => ({
    message: `There is no model ${text(args, 0)}.`,
    next: "Check the number and that the wallet is on the right chain.",
  }),
  ReentrancyGuardReentrantCall: () => ({
    message: "A contract called back in the middle of a payment and was refused.",
    next: "Nothing was changed; check the contracts and tokens involved.",
  }),
  SafeERC20FailedOperation: (args) => ({
    message: `The token ${short(args, 0)} refused the transfer.`,
    next: "Check the allowance and the balance, and that the address is a token.",
  }),
  InvalidShortString: () => ({
    message: "A contract was deployed with a name it cannot keep.",
    next: "Correct the deployment options.",
  }),
  StringsInsufficientHexLength: () => ({
    message: "A digest has more digits than the contract writes.",
    next: "Report it: a digest of 32 bytes always fits.",
  }),
  StringTooLong: () => ({
    message: "A contract was deployed with too long a name.",
    next: "Correct the deployment options.",
  }),
};
