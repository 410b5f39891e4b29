"use client";

import { createContext, use, useMemo, useState, type ReactNode } from "react";

import { WalletDialog } from "./wallet-dialog.tsx";

interface WalletDialogControl {
  /** Shows the dialog in which a wallet is chosen, or the connected one looked at. */
  readonly open: () => void;
}

const Context = createContext<WalletDialogControl | null>(null);

export function useWalletDialog(): WalletDialogControl {
  const control = use(Context);
  if (control === null) throw new Error("useWalletDialog needs a WalletDialogProvider above it");
  return control;
}

/** One wallet dialog for the whole app, opened from the header and from wherever a wallet is the next thing needed. */
export function WalletDialogProvider({ children }: { readonly children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const control = useMemo<WalletDialogControl>(
    () => ({
      open: () => {
        setOpen(true);
      },
    }),
    [],
  );
  return (
    <Context value={control}>
      {children}
      <WalletDialog open={open} onOpenChange={setOpen} />
    </Context>
  );
}
