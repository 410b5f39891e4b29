import { AbiCoder, getBytes, isHexString, type ErrorDescription } from "ethers";

import { CloakworkError } from "../errors.ts";
import { ERROR_INTERFACES } from "./contracts.ts";
import { ERROR_SENTENCES, type ErrorSentence } from "./error-sentences.ts";

/** A contract refused: `code` is its custom error in upper case, e.g. `INFERENCE_HUB_FEE_TOO_HIGH`. */
export class ContractError extends CloakworkError {
  /** The custom error as Solidity names it, e.g. `InferenceHub_FeeTooHigh`. */
  readonly contractError: string;

  constructor(contractError: string, sentence: ErrorSentence, cause: unknown) {
    super(contractErrorCode(contractError), sentence.message, sentence.next, { cause });
    this.contractError = contractError;
  }
}

/** The wallet or the network, not a contract, stopped a call: see `code`. */
export class ChainError extends CloakworkError {}

/** Selectors of Solidity's own `Error(string)` and `Panic(uint256)`. */
const ERROR_STRING = "0x08c379a0";
const PANIC = "0x4e487b71";

/** Where libraries and wallets put the error underneath. */
const NESTED = ["data", "error", "info", "cause", "originalError", "revert", "details", "body"] as const;
const MAX_DEPTH = 8;

/** `InferenceHub_FeeTooHigh` → `INFERENCE_HUB_FEE_TOO_HIGH`; `ERC721NonexistentToken` → `ERC721_NONEXISTENT_TOKEN`. */
export function contractErrorCode(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/__/g, "_")
    .toUpperCase();
}

/**
 * Turns whatever a wallet, an RPC client or a contract threw into a code, one sentence and what to do next.
 *
 * @param error anything that was thrown by a call, a transaction or a wallet
 * @returns a CloakworkError with the original as `cause`; CloakworkErrors come back as they are
 */
export function decodeContractError(error: unknown): CloakworkError {
  if (error instanceof CloakworkError) return error;
  const layers = unwrap(error);
  for (const layer of layers) {
    const decoded = fromRevertData(layer, error);
    if (decoded !== undefined) return decoded;
  }
  const codes = new Set(layers.map((layer) => property(layer, "code")));
  const text = layers.map((layer) => messageOf(layer)).join("\n");
  return fromClient(codes, text, error);
}

/** The error and everything it wraps, outermost first, each once. */
function unwrap(error: unknown): readonly unknown[] {
  const layers: unknown[] = [];
  const visit = (value: unknown, depth: number): void => {
    if (value === null || value === undefined || depth > MAX_DEPTH || layers.includes(value)) return;
    layers.push(value);
    if (typeof value !== "object") return;
    for (const key of NESTED) visit(property(value, key), depth + 1);
  };
  visit(error, 0);
  return layers;
}

function property(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}

function messageOf(value: unknown): string {
  if (typeof value === "string") return value;
  const message = property(value, "message");
  return typeof message === "string" ? message : "";
}

/** Decodes a layer that is revert data itself. */
function fromRevertData(layer: unknown, cause: unknown): CloakworkError | undefined {
  if (typeof layer !== "string" || !isHexString(layer) || layer.length < 10) return undefined;
  const selector = layer.slice(0, 10).toLowerCase();
  if (selector === ERROR_STRING) return reverted(`A contract refused: ${decodeOne("string", layer)}.`, cause);
  if (selector === PANIC) {
    return reverted(`A contract failed on an inner check (panic ${decodeOne("uint256", layer)}).`, cause);
  }
  const own = parse(layer);
  const sentence = own === undefined ? undefined : ERROR_SENTENCES[own.name];
  return own === undefined || sentence === undefined
    ? undefined
    : new ContractError(own.name, sentence(own.args), cause);
}

function reverted(message: string, cause: unknown): CloakworkError {
  return new ChainError("REVERTED", message, "Nothing was changed; check the amounts and addresses and try again.", {
    cause,
  });
}

function parse(data: string): ErrorDescription | undefined {
  for (const contract of ERROR_INTERFACES) {
    try {
      const parsed = contract.parseError(data);
      if (parsed !== null) return parsed;
    } catch {
      // A selector that matches with arguments that do not: not this error.
    }
  }
  return undefined;
}

function decodeOne(type: string, data: string): string {
  try {
    const [value] = AbiCoder.defaultAbiCoder().decode([type], getBytes(data).subarray(4));
    return String(value as string | bigint);
  } catch {
    return "no reason that can be read";
  }
}

/** What wallets (EIP-1193, EIP-3085) and RPC clients say, by code first and by words where there is no code. */
function fromClient(codes: ReadonlySet<unknown>, text: string, cause: unknown): CloakworkError {
  const has = (...wanted: readonly unknown[]): boolean => wanted.some((code) => codes.has(code));
  const error = (code: string, message: string, next: string): CloakworkError =>
    new ChainError(code, message, next, { cause });
  if (has(4001, "ACTION_REJECTED") || /user (rejected|denied)/i.test(text)) {
    return error(
      "WALLET_REJECTED",
      "You rejected the request in the wallet; nothing was sent.",
      "Try again when ready.",
    );
  }
  if (has(4100)) {
    return error("WALLET_LOCKED", "The wallet has not given this site access.", "Unlock the wallet and connect it.");
  }
  if (has(-32002)) {
    return error(
      "WALLET_BUSY",
      "The wallet waits for an answer to an earlier question.",
      "Open the wallet and answer.",
    );
  }
  if (has("INSUFFICIENT_FUNDS") || /insufficient funds|doesn't have enough funds/i.test(text)) {
    return error(
      "INSUFFICIENT_FUNDS",
      "The account has too little ether for the amount and the gas; nothing was sent.",
      "Add ether to the account, or use another one.",
    );
  }
  if (has(4902) || /network changed|chain ?mismatch|does not match the target chain|wrong chain/i.test(text)) {
    return error(
      "WRONG_CHAIN",
      "The wallet or the node is on another chain than the one this deployment is on.",
      "Switch the wallet to the right network and try again.",
    );
  }
  if (has("NONCE_EXPIRED", "REPLACEMENT_UNDERPRICED") || /nonce too (low|high)|underpriced/i.test(text)) {
    return error(
      "TRANSACTION_CLASH",
      "Another transaction of this account took its place.",
      "Wait until the account's other transactions are done and try again.",
    );
  }
  if (has("TRANSACTION_REPLACED")) {
    return error("TRANSACTION_REPLACED", "The transaction was replaced or cancelled in the wallet.", "Try again.");
  }
  if (has(4900, 4901, "SERVER_ERROR", "NETWORK_ERROR", "TIMEOUT", "ECONNREFUSED", "ECONNRESET", "ENOTFOUND")) {
    return unreachable(cause);
  }
  if (/fetch failed|failed to fetch|ECONNREFUSED|socket hang up|network error|timed? ?out/i.test(text)) {
    return unreachable(cause);
  }
  if (has("BAD_DATA")) {
    return error(
      "NOT_THE_CONTRACT",
      "There is no Cloakwork contract at the address, or one with another interface.",
      "Check the deployment file and that the node is on its chain.",
    );
  }
  if (has("INVALID_ARGUMENT", -32602)) {
    return error(
      "ARGUMENT_INVALID",
      "An address, digest or amount is not in its proper form; nothing was sent.",
      "Correct it.",
    );
  }
  if (has("CALL_EXCEPTION")) return reverted("The transaction was reverted.", cause);
  return error(
    "CHAIN_UNKNOWN",
    "The chain or the wallet answered with an unknown error.",
    "Try again; the cause says more.",
  );
}

function unreachable(cause: unknown): CloakworkError {
  return new ChainError(
    "RPC_UNREACHABLE",
    "The chain cannot be reached through the configured RPC endpoint.",
    "Check that it runs and its URL is right; what was sent before is safe.",
    { cause },
  );
}
