"use client";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { ThemeProvider, useTheme } from "next-themes";
import { useState, type ReactNode } from "react";
import { Toaster } from "sonner";

import { SettingsProvider } from "./settings-provider.tsx";
import { VaultProvider } from "./vault-provider.tsx";
import { WalletDialogProvider } from "./wallet-provider.tsx";
import { WorkerProvider } from "./worker-provider.tsx";

function Toasts() {
  const { resolvedTheme } = useTheme();
  return <Toaster theme={resolvedTheme === "dark" ? "dark" : "light"} position="bottom-right" closeButton />;
}

/** Everything pages stand on: theme, query cache, settings, wallets, and a corner for background events. */
export function Providers({ children }: { readonly children: ReactNode }) {
  const [queries] = useState(
    () => new QueryClient({ defaultOptions: { queries: { staleTime: 4_000, retry: 1, refetchOnWindowFocus: true } } }),
  );
  return (
    <ThemeProvider attribute="class" defaultTheme="system" enableSystem disableTransitionOnChange>
      <QueryClientProvider client={queries}>
        <SettingsProvider>
          <WalletDialogProvider>
            <WorkerProvider>
              <VaultProvider>{children}</VaultProvider>
            </WorkerProvider>
          </WalletDialogProvider>
        </SettingsProvider>
        <Toasts />
      </QueryClientProvider>
    </ThemeProvider>
  );
}
