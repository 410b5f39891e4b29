import { CloakworkError } from "../../offchain/errors.ts";

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
