"use client";

import type { TokenInfo } from "../../offchain/chain/tokens.ts";
import { ETHER, type Quote } from "../../offchain/chain/types.ts";
import { formatUnits, shortHex } from "../lib/format.ts";
import { Amount } from "./amount.tsx";

interface PriceProps {
  readonly price: Pick<Quote, "token" | "total">;
  /** Of the token it is in; undefined for the chain's currency, and where the token does not say. */
  readonly token: TokenInfo | undefined;
}

/** A price in the chain's currency or in a token: `5 USDC (0x12ab…89ef)`, as anybody can call a token anything. */
export function Price({ price, token }: PriceProps) {
  if (price.token === ETHER) return <Amount wei={price.total} />;
  return (
    <span className="font-mono" title={`${price.total} of the token ${price.token}`}>
      {priceText(price, token, "")}
    </span>
  );
}

/**
 * The same as text.
 *
 * @param currency of the chain
 */
export function priceText(
  { token: address, total }: PriceProps["price"],
  token: TokenInfo | undefined,
  currency: string,
): string {
  if (address === ETHER) return `${formatUnits(total)} ${currency}`;
  const name = shortHex(address);
  return token === undefined
    ? `${total} of ${name}`
    : `${formatUnits(total, token.decimals)} ${token.symbol} (${name})`;
}
