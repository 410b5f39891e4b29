import { BrowserProvider, type Eip1193Provider, JsonRpcProvider, Network } from "ethers";

import { ChainError, decodeContractError } from "./contract-errors.ts";

/** How often an ethers provider looks for new blocks while it waits for a transaction, milliseconds. */
const LOCAL_POLLING = 250;
const PUBLIC_POLLING = 2_000;
/** The chain ids of development chains. */
const LOCAL_CHAINS: ReadonlySet<number> = new Set([31337, 1337]);

/**
 * Opens an RPC endpoint and checks that it is on the right chain.
 *
 * @param url http(s) URL of the endpoint
 * @param chainId the chain it must be on; any when omitted
 * @returns a provider for that one chain; call `destroy()` when done
 * @throws ChainError `RPC_UNREACHABLE`, `WRONG_CHAIN`
 */
export async function openProvider(url: string, chainId?: number): Promise<JsonRpcProvider> {
  const found = await chainIdAt(url);
  requireChain(found, chainId);
  const network = Network.from(found);
  // No caching: a development chain mines at once, and a cached nonce would be used twice.
  const provider = new JsonRpcProvider(url, network, { staticNetwork: network, cacheTimeout: -1, batchMaxCount: 1 });
  provider.pollingInterval = LOCAL_CHAINS.has(found) ? LOCAL_POLLING : PUBLIC_POLLING;
  return provider;
}

/**
 * Opens a wallet (EIP-1193).
 *
 * @param wallet what the wallet announced
 * @param chainId the chain it must be on
 * @throws ChainError `WRONG_CHAIN`, or what the wallet answered
 */
export async function openWallet(wallet: Eip1193Provider, chainId: number): Promise<BrowserProvider> {
  const provider = new BrowserProvider(wallet, "any", { cacheTimeout: -1 });
  try {
    requireChain(Number((await provider.getNetwork()).chainId), chainId);
  } catch (error) {
    provider.destroy();
    throw decodeContractError(error);
  }
  provider.pollingInterval = LOCAL_CHAINS.has(chainId) ? LOCAL_POLLING : PUBLIC_POLLING;
  return provider;
}

/** Asks an endpoint once for its chain id. ethers itself would retry for ever in silence. */
async function chainIdAt(url: string): Promise<number> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }),
      signal: AbortSignal.timeout(10_000),
    });
    const answer = (await response.json()) as { result?: unknown };
    const id = Number(answer.result);
    if (!Number.isSafeInteger(id) || id <= 0) throw new Error("network error: no chain id in the answer");
    return id;
  } catch (cause) {
    throw new ChainError(
      "RPC_UNREACHABLE",
      `The chain cannot be reached at ${originOf(url)}.`,
      "Check that it runs and its URL is right; what was sent before is safe.",
      { cause },
    );
  }
}

/** A URL without path and query, which often hold an API key. */
function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : "the configured RPC endpoint";
}

function requireChain(found: number, wanted: number | undefined): void {
  if (wanted === undefined || found === wanted) return;
  throw new ChainError(
    "WRONG_CHAIN",
    `Chain ${found} was found where chain ${wanted} was expected.`,
    "Switch the wallet to the right network, or use the right RPC endpoint.",
  );
}
