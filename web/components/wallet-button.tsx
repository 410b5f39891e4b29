"use client";

import { TriangleAlert, Wallet } from "lucide-react";
import { useConnection } from "wagmi";

import { shortHex } from "../lib/format.ts";
import { Button } from "./button.tsx";
import { useSettings } from "./settings-provider.tsx";
import { Skeleton } from "./skeleton.tsx";
import { useWalletDialog } from "./wallet-provider.tsx";

/** The wallet's place in the header: connect, who is connected, or that it is on another chain. */
export function WalletButton() {
  const { address, chainId, isConnected, isReconnecting } = useConnection();
  const { chain } = useSettings();
  const { open } = useWalletDialog();

  if (isReconnecting) return <Skeleton className="h-9 w-32" />;
  if (!isConnected || address === undefined) {
    return (
      <Button size="small" onClick={open}>
        <Wallet aria-hidden className="size-4" />
        Connect wallet
      </Button>
    );
  }
  if (chainId !== chain.id) {
    return (
      <Button size="small" className="border-wait text-wait" onClick={open}>
        <TriangleAlert aria-hidden className="size-4" />
        Wrong chain
      </Button>
    );
  }
  return (
    <Button size="small" aria-label={`Your wallet, ${address}`} onClick={open}>
      <Wallet aria-hidden className="size-4 text-muted" />
      <span className="font-mono font-normal">{shortHex(address)}</span>
    </Button>
  );
}
