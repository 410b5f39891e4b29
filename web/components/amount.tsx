"use client";

import { formatUnits } from "../lib/format.ts";
import { useSettings } from "./settings-provider.tsx";

/** An amount of the chain's currency: `0.0021 ETH`. */
export function Amount({ wei }: { readonly wei: bigint }) {
  const { chain } = useSettings();
  return (
    <span className="inline-block max-w-full font-mono [overflow-wrap:anywhere]" title={`${wei} wei`}>
      {formatUnits(wei)} {chain.currency}
    </span>
  );
}
