/** What wallets answer when they do not do what was asked, told apart by EIP-1193 and EIP-1474 codes, never by wording. */

/** @returns the first numeric `code` along the chain of causes, as EIP-1193 providers set it */
function providerCode(error: unknown): number | undefined {
  for (let current = error; typeof current === "object" && current !== null;) {
    const { code, cause, info } = current as { code?: unknown; cause?: unknown; info?: { error?: unknown } };
    if (typeof code === "number") return code;
    // ethers wraps the provider's error as `info.error` beside its own code, which is a word.
    current = info?.error ?? cause;
  }
  return undefined;
}

/** The person said no in the wallet: EIP-1193 code 4001, or ethers' name for it. */
export function isRejection(error: unknown): boolean {
  if (providerCode(error) === 4001) return true;
  return typeof error === "object" && error !== null && (error as { code?: unknown }).code === "ACTION_REJECTED";
}

/** The wallet does not know the chain: EIP-3085 and EIP-3326 code 4902. */
export function isUnknownChain(error: unknown): boolean {
  return providerCode(error) === 4902;
}

/** The wallet already shows a prompt and takes no second one: EIP-1474 code -32002. */
export function isPromptOpen(error: unknown): boolean {
  return providerCode(error) === -32002;
}
