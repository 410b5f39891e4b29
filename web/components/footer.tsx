"use client";

import { useSettings } from "./settings-provider.tsx";

/** What this copy of the app talks to, said where everybody can find it. */
export function Footer() {
  const { chain, storage } = useSettings();
  return (
    <footer className="border-t border-line">
      <dl className="mx-auto flex max-w-[1120px] flex-wrap gap-x-8 gap-y-1 px-4 py-6 text-small text-muted sm:px-6">
        <div className="flex gap-2">
          <dt>Chain</dt>
          <dd>
            {chain.name} <span className="font-mono">({chain.id})</span>
          </dd>
        </div>
        <div className="flex min-w-0 gap-2">
          <dt>Storage</dt>
          <dd className="truncate font-mono">{storage.map((endpoint) => new URL(endpoint).host).join(", ")}</dd>
        </div>
      </dl>
    </footer>
  );
}
