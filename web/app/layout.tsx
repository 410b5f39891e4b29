import "@fontsource-variable/inter/index.css";
import "@fontsource-variable/jetbrains-mono/index.css";
import "./globals.css";

import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";

import { Footer } from "../components/footer.tsx";
import { Header } from "../components/header.tsx";
import { Providers } from "../components/providers.tsx";

export const metadata: Metadata = {
  title: { default: "Cloakwork", template: "%s · Cloakwork" },
  description: "Ask a machine-learning model a question without showing it your data.",
};

export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#fafafa" },
    { media: "(prefers-color-scheme: dark)", color: "#0b0b0d" },
  ],
};

export default function RootLayout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en" suppressHydrationWarning>
      <body className="flex min-h-dvh flex-col">
        <a
          href="#main"
          className="sr-only z-50 rounded bg-surface px-3 py-2 text-ink focus:not-sr-only focus:fixed focus:left-4 focus:top-4"
        >
          Skip to the content
        </a>
        <Providers>
          <Header />
          <main
            id="main"
            tabIndex={-1}
            className="mx-auto w-full max-w-[1120px] flex-1 px-4 pb-24 pt-8 outline-none sm:px-6 sm:pt-12"
          >
            {children}
          </main>
          <Footer />
        </Providers>
      </body>
    </html>
  );
}
