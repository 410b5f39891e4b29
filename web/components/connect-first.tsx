"use client";

import type { ReactNode } from "react";

import { Button } from "./button.tsx";
import { Empty } from "./empty.tsx";
import { useWalletDialog } from "./wallet-provider.tsx";

/** A view that is about an account, while none is connected. */
export function ConnectFirst({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const { open } = useWalletDialog();
  return (
    <Empty
      title={title}
      action={
        <Button weight="filled" onClick={open}>
          Connect a wallet
        </Button>
      }
    >
      {children}
    </Empty>
  );
}
