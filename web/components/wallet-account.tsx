"use client";

import { useBalance, useConnection, useDisconnect, useSwitchChain } from "wagmi";

import { isRejection, isUnknownChain } from "../lib/wallet-errors.ts";
import { PLAY_WALLET_ID } from "../lib/play-wallet.ts";
import { Amount } from "./amount.tsx";
import { Button } from "./button.tsx";
import { useSettings } from "./settings-provider.tsx";
import { Digest } from "./digest.tsx";
import { Skeleton } from "./skeleton.tsx";

interface WalletAccountProps {
  readonly address: `0x${string}`;
  readonly onDone: () => void;
}

/** The connected account: what it holds, which chain it is on, and the way out. */
export function WalletAccount({ address, onDone }: WalletAccountProps) {
  const { chain } = useSettings();
  const { chainId, connector } = useConnection();
  const balance = useBalance({ address, chainId: chain.id });
  const disconnect = useDisconnect();
  const wrong = chainId !== chain.id;

  return (
    <div className="space-y-5">
      <dl className="divide-y divide-line text-small">
        <Fact term="Wallet">
          {connector?.name ?? "Unknown"}
          {connector?.id === PLAY_WALLET_ID && <span className="text-muted"> · play money, signs without asking</span>}
        </Fact>
        <Fact term="Address">
          <Digest value={address} what="address" />
        </Fact>
        <Fact term="Balance">
          {balance.data ? (
            <Amount wei={balance.data.value} />
          ) : balance.isError ? (
            <span className="text-fail">The chain did not answer</span>
          ) : (
            <Skeleton className="h-4 w-24" />
          )}
        </Fact>
        <Fact term="Chain">
          {wrong ? (
            <span className="text-wait">
              Chain {chainId}, not {chain.name}
            </span>
          ) : (
            chain.name
          )}
        </Fact>
      </dl>
      {wrong && <SwitchChain />}
      <Button
        className="w-full"
        onClick={() => {
          // This view is gone as soon as nothing is connected, and with it what `mutate` would call.
          void disconnect.mutateAsync({}).then(onDone, onDone);
        }}
      >
        Disconnect
      </Button>
    </div>
  );
}

/** Asks the wallet to change to the chain of this deployment, and says what became of it. */
export function SwitchChain() {
  const { chain } = useSettings();
  const { connector } = useConnection();
  const change = useSwitchChain();
  const wallet = connector?.name ?? "the wallet";
  return (
    <div className="space-y-2">
      <Button
        weight="filled"
        className="w-full"
        disabled={change.isPending}
        onClick={() => {
          change.mutate({ chainId: chain.id });
        }}
      >
        {change.isPending ? `Confirm in ${wallet}` : `Switch to ${chain.name}`}
      </Button>
      {change.error && (
        <p role="alert" className="text-small text-wait">
          {isRejection(change.error)
            ? `You declined in ${wallet}. It stays on its chain, and nothing can be paid from here.`
            : isUnknownChain(change.error)
              ? `${wallet} does not know this chain. Add chain ${chain.id} with the address ${chain.rpcUrl} there.`
              : `${wallet} did not switch. Choose chain ${chain.id} there by hand.`}
        </p>
      )}
    </div>
  );
}

function Fact({ term, children }: { readonly term: string; readonly children: React.ReactNode }) {
  return (
    <div className="flex min-h-11 items-center justify-between gap-4">
      <dt className="text-muted">{term}</dt>
      <dd className="text-right">{children}</dd>
    </div>
  );
}
