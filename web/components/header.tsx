"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";

import { cn } from "../lib/cn.ts";
import { ThemeToggle } from "./theme-toggle.tsx";
import { WalletButton } from "./wallet-button.tsx";
import { Mark } from "./wordmark.tsx";

const pages = [
  { href: "/", label: "Models", under: ["/", "/model/"] },
  { href: "/requests/", label: "Requests", under: ["/requests/"] },
  { href: "/keys/", label: "Keys", under: ["/keys/"] },
] as const;

/** Where one is and which wallet acts; stays in view while the page scrolls. */
export function Header() {
  const path = usePathname();
  return (
    <header className="z-30 border-b border-line bg-page/90 backdrop-blur sm:sticky sm:top-0">
      <div className="mx-auto flex max-w-[1120px] flex-wrap items-center gap-x-6 px-4 sm:h-16 sm:flex-nowrap sm:px-6">
        <Link href="/" className="flex h-14 items-center gap-2.5 font-strong tracking-tight sm:h-auto">
          <Mark />
          Cloakwork
        </Link>
        <nav aria-label="Pages" className="order-last -mx-2 flex w-full gap-1 sm:order-none sm:mx-0 sm:w-auto">
          {pages.map(({ href, label, under }) => {
            const current = (under as readonly string[]).includes(path);
            return (
              <Link
                key={href}
                href={href}
                aria-current={current ? "page" : undefined}
                className={cn(
                  "relative flex h-11 items-center px-2 text-small sm:h-16",
                  current
                    ? "font-strong text-ink after:absolute after:inset-x-2 after:-bottom-px after:h-0.5 after:bg-ink"
                    : "text-muted hover:text-ink",
                )}
              >
                {label}
              </Link>
            );
          })}
        </nav>
        <div className="ml-auto flex items-center gap-2">
          <ThemeToggle />
          <WalletButton />
        </div>
      </div>
    </header>
  );
}
