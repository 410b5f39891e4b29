import { getAddress, toBeHex } from "ethers";

import type { Hex } from "../../offchain/chain/types.ts";
import type { WalletPort } from "../../offchain/client/types.ts";
import { type RemoteWallet, WalletRefusal } from "./serve.ts";

/** EIP-1193: the page has no account to act with. */
const UNAUTHORISED = 4100;

/**
 * The page's wallet in the form the client takes.
 *
 * @throws WalletRefusal when no account is connected
 */
export async function walletPort(wallet: RemoteWallet): Promise<WalletPort> {
  const accounts = (await wallet.request({ method: "eth_accounts" })) as readonly string[];
  const [account] = accounts;
  if (account === undefined) throw new WalletRefusal({ code: UNAUTHORISED, message: "No account is connected." });
  return {
    address: getAddress(account) as Hex,
    chainId: async () => Number(await wallet.request({ method: "eth_chainId" })),
    sendTransaction: async ({ from, to, data, value }) =>
      (await wallet.request({
        method: "eth_sendTransaction",
        params: [{ from, to, data, value: toBeHex(value) }],
      })) as Hex,
    signTypedData: async (typed) =>
      (await wallet.request({ method: "eth_signTypedData_v4", params: [account, JSON.stringify(typed)] })) as Hex,
  };
}
