"use client";

import { useQuery } from "@tanstack/react-query";
import { createContext, use, useMemo, type ReactNode } from "react";
import { WagmiProvider } from "wagmi";

import { loadSettings, type Settings } from "../lib/settings.ts";
import { wagmiConfig } from "../lib/wagmi.ts";
import { Failure } from "./failure.tsx";
import { PageSkeleton } from "./skeleton.tsx";
import { Mark } from "./wordmark.tsx";

const Context = createContext<Settings | null>(null);

/** The settings the app runs with. Only below `SettingsProvider`, which shows nothing of the app until they are known. */
export function useSettings(): Settings {
  const settings = use(Context);
  if (settings === null) throw new Error("useSettings needs a SettingsProvider above it");
  return settings;
}

/** Loads `/config.json`, sets up the chain and its wallets, and shows the page; or says why it cannot. */
export function SettingsProvider({ children }: { readonly children: ReactNode }) {
  const settings = useQuery({
    queryKey: ["settings"],
    queryFn: ({ signal }) => loadSettings(signal),
    staleTime: Infinity,
  });
  const config = useMemo(() => (settings.data ? wagmiConfig(settings.data) : null), [settings.data]);

  if (settings.isError) {
    return (
      <Frame>
        <Failure
          title="The settings of this site could not be loaded"
          consequence="Nothing was sent and nothing was paid: without them the page does not know which chain and contracts to use."
          detail={settings.error.message}
          action={{ label: "Load again", onClick: () => void settings.refetch() }}
        />
      </Frame>
    );
  }
  if (config === null || settings.data === undefined) {
    return (
      <Frame>
        <PageSkeleton label="Loading the settings of this site" />
      </Frame>
    );
  }
  return (
    <Context value={settings.data}>
      <WagmiProvider config={config}>{children}</WagmiProvider>
    </Context>
  );
}

function Frame({ children }: { readonly children: ReactNode }) {
  return (
    <main id="main" className="mx-auto w-full max-w-[1120px] flex-1 space-y-8 px-4 py-8 sm:px-6 sm:py-16">
      <h1 className="flex items-center gap-2.5 text-body tracking-tight">
        <Mark />
        Cloakwork
      </h1>
      {children}
    </main>
  );
}
