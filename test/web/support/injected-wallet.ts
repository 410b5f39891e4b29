/**
 * A wallet as an extension would put it into the page: announced by EIP-6963, spoken to by EIP-1193, forwarding to the local chain, whose
 * accounts are unlocked. Runs inside the page, so it is self-contained.
 */

export interface InjectedWallet {
  readonly rpcUrl: string;
  readonly account: string;
  /** The chain the wallet is on to begin with. */
  readonly chainId: number;
  readonly name: string;
  readonly rdns: string;
}

/** What a test can do to the wallet from outside: `window.testWallet`. */
export interface WalletControl {
  /** Methods the person says no to from now on. */
  readonly refused: Set<string>;
  /** Methods asked so far, in order. */
  readonly asked: string[];
}

declare global {
  interface Window {
    testWallet: WalletControl;
  }
}

/** Given to `addInitScript`. */
export function injectWallet({ rpcUrl, account, chainId, name, rdns }: InjectedWallet): void {
  const connected = `${rdns}.connected`;
  const control: WalletControl = { refused: new Set(), asked: [] };
  const listeners = new Map<string, Set<(value: unknown) => void>>();
  let current = chainId;
  let ids = 0;
  window.testWallet = control;

  const refuse = (code: number, message: string): never => {
    throw Object.assign(new Error(message), { code });
  };
  const forward = async (method: string, params: unknown): Promise<unknown> => {
    const response = await fetch(rpcUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: ++ids, method, params }),
    });
    const answer = (await response.json()) as {
      result?: unknown;
      error?: { code: number; message: string; data?: unknown };
    };
    if (answer.error) throw Object.assign(new Error(answer.error.message), answer.error);
    return answer.result;
  };
  const accounts = (): string[] => (localStorage.getItem(connected) ? [account] : []);

  const provider = {
    async request({ method, params = [] }: { method: string; params?: readonly unknown[] }): Promise<unknown> {
      control.asked.push(method);
      if (control.refused.has(method)) refuse(4001, "User rejected the request.");
      switch (method) {
        case "eth_accounts":
          return accounts();
        case "eth_requestAccounts":
          localStorage.setItem(connected, "yes");
          return accounts();
        case "wallet_requestPermissions":
          localStorage.setItem(connected, "yes");
          return [
            { parentCapability: "eth_accounts", caveats: [{ type: "restrictReturnedAccounts", value: [account] }] },
          ];
        case "wallet_revokePermissions":
          localStorage.removeItem(connected);
          return null;
        case "eth_chainId":
          return `0x${current.toString(16)}`;
        case "wallet_switchEthereumChain":
          current = Number((params[0] as { chainId: string }).chainId);
          listeners.get("chainChanged")?.forEach((listener) => {
            listener(`0x${current.toString(16)}`);
          });
          return null;
        default:
          return forward(method, params);
      }
    },
    on(event: string, listener: (value: unknown) => void) {
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener));
    },
    removeListener(event: string, listener: (value: unknown) => void) {
      listeners.get(event)?.delete(listener);
    },
  };
  const info = {
    uuid: "350670db-19fa-4704-a166-e52e178b59d2",
    name,
    rdns,
    icon: "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'><rect width='8' height='8' fill='%23375'/></svg>",
  };
  const announce = () => {
    window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) }));
  };
  window.addEventListener("eip6963:requestProvider", announce);
  announce();
}
