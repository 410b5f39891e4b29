/** Figures and tables as people read them, the same everywhere. */
import { formatEther, formatUnits } from "ethers";

import type { TokenInfo } from "../chain/tokens.ts";
import { ETHER, type Hex } from "../chain/types.ts";
import { printable } from "./printable.ts";

/** E.g. `1.8 KB`: thousands, not 1,024s, as networks and disks are sold by. */
export function formatBytes(count: number): string {
  if (count < 1000) return `${count} B`;
  if (count < 1e6) return `${(count / 1e3).toFixed(1)} KB`;
  return `${(count / 1e6).toFixed(1)} MB`;
}

/**
 * E.g. `0.002 ETH`, `5 USDC (0x12ab…89ef)`: anybody can call a token anything, so its address is there too. Of a token nobody asked about, its
 * smallest units.
 */
export function formatAmount(amount: bigint, token: Hex = ETHER, info?: TokenInfo): string {
  if (token === ETHER) return `${formatEther(amount).replace(/\.0$/, "")} ETH`;
  if (info === undefined) return `${amount} of ${token}`;
  return `${formatUnits(amount, info.decimals).replace(/\.0$/, "")} ${printable(info.symbol)} (${shorten(token)})`;
}

/** E.g. `0x12ab…89ef`. */
export function shorten(hex: string): string {
  return hex.length > 12 ? `${hex.slice(0, 6)}…${hex.slice(-4)}` : hex;
}

/** E.g. `98.6 %`. */
export function formatShare(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Local time of a moment, unix seconds; with the date when it is not today. */
export function formatTime(seconds: number, now = new Date()): string {
  const date = new Date(seconds * 1000);
  const time = date.toLocaleTimeString("en-GB");
  return date.toDateString() === now.toDateString() ? time : `${date.toLocaleDateString("en-CA")} ${time}`;
}

/**
 * A table in columns.
 *
 * @param rows the first is the head
 */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Facts one below the other, names aligned. Facts without a value are left out. */
export function facts(entries: readonly (readonly [name: string, value: string | undefined])[]): string {
  const present = entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined);
  const width = Math.max(...present.map(([name]) => name.length));
  return present
    .map(([name, value]) => `${name.padEnd(width)}  ${value.replaceAll("\n", `\n${" ".repeat(width + 2)}`)}`)
    .join("\n");
}
