import { type Block, type Provider, toBeHex } from "ethers";

import { decodeContractError } from "../../offchain/chain/contract-errors.ts";
import { CloakworkError } from "../../offchain/errors.ts";
import type { EntropySource } from "./entropy-sources.ts";

/** Thrown when a chain has no randomness that can be trusted with draws. */
export class EntropyUnsuitableError extends CloakworkError {}

/**
 * Chains on which a block's hash is nobody's to choose: `block.number` is the chain's own, and blocks come from many
 * proposers who lose a reward by throwing one away. Rollups are missing on purpose: their one sequencer chooses.
 */
const BLOCK_HASH_CHAINS: ReadonlyMap<number, string> = new Map([
  [1, "Ethereum"],
  [11155111, "Sepolia"],
  [560048, "Hoodi"],
  [31337, "local chain"],
  [1337, "local chain"],
]);

/** Where EIP-2935 puts the contract that keeps the hashes of the last 8,191 blocks. */
const HISTORY = "0x0000F90827F1C53a10cb7A02335B175320002935";

/**
 * Refuses a chain on which a source must not decide draws, or does not work.
 *
 * @throws EntropyUnsuitableError; CloakworkError `RPC_UNREACHABLE`
 */
export async function requireEntropySuitable(provider: Provider, source: EntropySource): Promise<void> {
  const chainId = Number((await provider.getNetwork()).chainId);
  requireBlockHashSuitable(chainId);
  if (source === "blockhash-history") await requireHistory(provider, chainId);
}

/**
 * Refuses a chain whose block hashes must not decide draws.
 *
 * @throws EntropyUnsuitableError
 */
export function requireBlockHashSuitable(chainId: number): void {
  if (BLOCK_HASH_CHAINS.has(chainId)) return;
  const known = Array.from(BLOCK_HASH_CHAINS, ([id, name]) => `${name} (${id})`).join(", ");
  throw new EntropyUnsuitableError(
    "ENTROPY_UNSUITABLE",
    `Block hashes of chain ${chainId} are not known to be nobody's to choose, so draws there could be bought.`,
    `Deploy to one of: ${known}.`,
  );
}

/** Asks for the hash of the latest block's parent: the one a history contract knows as soon as its chain feeds it. */
async function requireHistory(provider: Provider, chainId: number): Promise<void> {
  const latest = await provider.getBlock("latest");
  if (latest === null || latest.number === 0) {
    throw new EntropyUnsuitableError(
      "ENTROPY_UNSUITABLE",
      `Chain ${chainId} has no second block yet, so its history of block hashes cannot be asked.`,
      "Deploy again when it has one.",
    );
  }
  if ((await provider.getCode(HISTORY)) === "0x") {
    throw withoutHistory(
      `Chain ${chainId} has no history of block hashes (EIP-2935): there is no contract at ${HISTORY}.`,
    );
  }
  let cause: unknown;
  const answer = await hashOfParent(provider, latest).catch((error: unknown) => {
    cause = decodeContractError(error);
    if (cause instanceof CloakworkError && cause.code === "RPC_UNREACHABLE") throw cause;
  });
  if (answer !== latest.parentHash) {
    throw withoutHistory(
      `The history contract of chain ${chainId} (EIP-2935) does not know the hash of block ${latest.number - 1}.`,
      cause,
    );
  }
}

async function hashOfParent(provider: Provider, { number }: Block): Promise<string> {
  return await provider.call({ to: HISTORY, data: toBeHex(number - 1, 32), blockTag: number });
}

function withoutHistory(message: string, cause?: unknown): EntropyUnsuitableError {
  return new EntropyUnsuitableError(
    "ENTROPY_UNSUITABLE",
    message,
    "Take the source blockhash, whose seeds can be read for 256 blocks.",
    { cause },
  );
}
