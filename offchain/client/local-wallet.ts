import type { Wallet } from "ethers";

import type { Hex } from "../chain/types.ts";
import type { WalletPort } from "./types.ts";

/**
 * A key held in this process as a wallet: for command lines, tests and the play wallet of local chains. It asks nobody.
 *
 * @param wallet connected to a provider
 */
export function localWallet(wallet: Wallet): WalletPort {
  return {
    address: wallet.address as Hex,
    async chainId() {
      const { chainId } = await wallet.provider!.getNetwork();
      return Number(chainId);
    },
    async sendTransaction({ to, data, value }) {
      return (await wallet.sendTransaction({ to, data, value })).hash as Hex;
    },
    async signTypedData({ domain, types, message }) {
      // ethers derives the domain's own type and refuses to be given it.
      const fields = Object.fromEntries(Object.entries(types).filter(([name]) => name !== "EIP712Domain"));
      return (await wallet.signTypedData(domain, fields, message)) as Hex;
    },
  };
}
