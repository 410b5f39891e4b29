"use client";

import { formatUnits } from "../lib/format.ts";
import { useSettings } from "./settings-provider.tsx";

/** An amount of the chain's currency: `0.0021 ETH`. */
export function Amount({ wei }: { readonly wei: bigint }) {
  const { chain } = useSettings();
  return (
    <span className="whitespace-nowrap font-mono" title={`${wei} wei`}>
      {formatUnits(wei)} {chain.currency}
    </span>
  );
}
