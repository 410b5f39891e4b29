/**
 * A wallet built into the page for the local chain: a funded key that everybody may know, signing without asking. It exists so that a
 * newcomer can try the whole way without an extension, and nowhere but on chain 31337 (`parseSettings` refuses it elsewhere).
 *
 * It is an EIP-1193 provider like any other; the rest of the app cannot tell the difference.
 */
import {
  createWalletClient,
  http,
  numberToHex,
  UserRejectedRequestError,
  type Address,
  type Chain,
  type Hex,
  type TypedDataDefinition,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";

/** Identifies the wallet among those discovered in the browser. */
export const PLAY_WALLET_ID = "org.cloakwork.play";

const CONNECTED = "cloakwork.play-wallet.connected";

interface Request {
  readonly method: string;
  readonly params?: readonly unknown[];
}

/** The part of EIP-1193 that a wallet without events of its own has to offer. */
export interface Provider {
  request(request: Request): Promise<unknown>;
  on(event: string, listener: (...values: never[]) => void): void;
  removeListener(event: string, listener: (...values: never[]) => void): void;
}

interface TransactionParameters {
  readonly to?: Address;
  readonly data?: Hex;
  readonly value?: Hex;
  readonly gas?: Hex;
}

/**
 * @param chain the local chain, whose first HTTP endpoint takes what is signed
 * @param privateKey a funded key
 * @returns the provider; whether it is connected survives a reload, as it does in a real wallet
 */
export function playWallet(chain: Chain, privateKey: Hex): Provider {
  const account = privateKeyToAccount(privateKey);
  const client = createWalletClient({ account, chain, transport: http(chain.rpcUrls.default.http[0]) });

  const connected = (): boolean => localStorage.getItem(CONNECTED) === "yes";
  const connect = (): Address[] => {
    localStorage.setItem(CONNECTED, "yes");
    return [account.address];
  };

  const request = async ({ method, params = [] }: Request): Promise<unknown> => {
    switch (method) {
      case "eth_accounts":
        return connected() ? [account.address] : [];
      case "eth_requestAccounts":
        return connect();
      case "wallet_requestPermissions":
        connect();
        return [
          {
            parentCapability: "eth_accounts",
            caveats: [{ type: "restrictReturnedAccounts", value: [account.address] }],
          },
        ];
      case "wallet_revokePermissions":
        localStorage.removeItem(CONNECTED);
        return null;
      case "eth_chainId":
        return numberToHex(chain.id);
      case "wallet_switchEthereumChain":
        if ((params[0] as { chainId?: Hex } | undefined)?.chainId === numberToHex(chain.id)) return null;
        throw new UserRejectedRequestError(new Error("The play wallet knows the local chain only."));
      case "eth_sendTransaction": {
        const { to, data, value, gas } = params[0] as TransactionParameters;
        return client.sendTransaction({
          ...(to && { to }),
          ...(data && { data }),
          ...(value && { value: BigInt(value) }),
          ...(gas && { gas: BigInt(gas) }),
        });
      }
      case "personal_sign":
        return account.signMessage({ message: { raw: params[0] as Hex } });
      case "eth_signTypedData_v4": {
        const typed = params[1];
        return account.signTypedData((typeof typed === "string" ? JSON.parse(typed) : typed) as TypedDataDefinition);
      }
      default:
        return client.request({ method, params } as Parameters<typeof client.request>[0]);
    }
  };

  // The account and the chain never change, so there is no event to send.
  return { request, on: () => undefined, removeListener: () => undefined };
}
