"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, use, useMemo, useRef, useState, type ReactNode } from "react";

import type { VaultStatus } from "../worker/vault-room.ts";
import { VaultDialog } from "./vault-dialog.tsx";
import { useWorker } from "./worker-provider.tsx";

interface VaultControl {
  /** Undefined until the vault has been looked for. */
  readonly status: VaultStatus | undefined;
  /** Asks for the passphrase if need be. @returns whether the vault is open now */
  readonly ensureOpen: () => Promise<boolean>;
  /** Looks at the vault again, after something was done with it. */
  readonly refresh: () => Promise<void>;
}

const Context = createContext<VaultControl | null>(null);

export function useVault(): VaultControl {
  const control = use(Context);
  if (control === null) throw new Error("useVault needs a VaultProvider above it");
  return control;
}

/** Knows how the vault stands, and asks for its passphrase wherever it is needed. */
export function VaultProvider({ children }: { readonly children: ReactNode }) {
  const worker = useWorker();
  const queries = useQueryClient();
  const { data: status } = useQuery({
    queryKey: ["vault", "status"],
    queryFn: () => worker.call("vaultStatus", undefined),
    staleTime: Infinity,
  });
  const [asking, setAsking] = useState(false);
  const waiting = useRef<((open: boolean) => void) | null>(null);

  const control = useMemo<VaultControl>(() => {
    const refresh = () => queries.invalidateQueries({ queryKey: ["vault"] });
    return {
      status,
      refresh,
      ensureOpen: async () => {
        if ((await worker.call("vaultStatus", undefined)) === "open") return true;
        waiting.current?.(false);
        const { promise, resolve } = Promise.withResolvers<boolean>();
        waiting.current = resolve;
        setAsking(true);
        return promise;
      },
    };
  }, [status, queries, worker]);

  const finish = (open: boolean) => {
    setAsking(false);
    waiting.current?.(open);
    waiting.current = null;
  };

  return (
    <Context value={control}>
      {children}
      <VaultDialog
        open={asking}
        exists={status !== "missing"}
        onOpened={() => {
          void control.refresh().then(() => {
            finish(true);
          });
        }}
        onCancel={() => {
          finish(false);
        }}
      />
    </Context>
  );
}
