import { createConfig, http, injected, type Config } from "wagmi";
import { defineChain, type Chain } from "viem";

import type { Settings } from "./settings.ts";
import { PLAY_WALLET_ID, playWallet } from "./play-wallet.ts";

/** The chain of a deployment in the form wallets and viem take. */
export function chainOf({ chain }: Settings): Chain {
  return defineChain({
    id: chain.id,
    name: chain.name,
    nativeCurrency: { name: chain.currency, symbol: chain.currency, decimals: 18 },
    rpcUrls: { default: { http: [chain.rpcUrl] } },
    ...(chain.explorerUrl && { blockExplorers: { default: { name: "Explorer", url: chain.explorerUrl } } }),
  });
}

/**
 * Wallets are found by EIP-6963; the only one named here is the play wallet of a local deployment.
 *
 * @param settings checked
 */
export function wagmiConfig(settings: Settings): Config {
  const chain = chainOf(settings);
  const play = settings.playWallet;
  const connectors = play
    ? [
        injected({
          target: {
            id: PLAY_WALLET_ID,
            name: "Play wallet",
            provider: playWallet(chain, play.privateKey) as never,
          },
        }),
      ]
    : [];
  return createConfig({ chains: [chain], connectors, transports: { [chain.id]: http(settings.chain.rpcUrl) } });
}
