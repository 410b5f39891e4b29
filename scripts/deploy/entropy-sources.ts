/** Where draws can take their randomness from: what the contract's `source()` answers. */
export type EntropySource = "blockhash" | "blockhash-history";

/** The compiled contract of each source: path below `contracts/`. */
export const ENTROPY_CONTRACTS: Readonly<Record<EntropySource, string>> = {
  blockhash: "entropy/BlockHashEntropy",
  "blockhash-history": "entropy/HistoryEntropy",
};

/** All sources, the default first. */
export const ENTROPY_SOURCES = Object.keys(ENTROPY_CONTRACTS) as readonly EntropySource[];

/** Whether a text names a source. */
export function isEntropySource(text: string): text is EntropySource {
  return Object.hasOwn(ENTROPY_CONTRACTS, text);
}
