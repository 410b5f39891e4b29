"use client";

import { useConnection } from "wagmi";

import { Dialog } from "./dialog.tsx";
import { WalletAccount } from "./wallet-account.tsx";
import { WalletChoice } from "./wallet-choice.tsx";

interface WalletDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

/** Choosing a wallet while none is connected; looking at the connected one otherwise. */
export function WalletDialog({ open, onOpenChange }: WalletDialogProps) {
  const { address, isConnected } = useConnection();
  const close = () => {
    onOpenChange(false);
  };
  return isConnected && address !== undefined ? (
    <Dialog open={open} onOpenChange={onOpenChange} title="Your wallet">
      <WalletAccount address={address} onDone={close} />
    </Dialog>
  ) : (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Connect a wallet"
      description="It pays for requests. It never sees what you encrypt, nor the answer."
    >
      <WalletChoice onDone={close} />
    </Dialog>
  );
}
