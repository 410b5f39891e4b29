import { formatEther, type Result } from "ethers";

/** One sentence on what happened, one on what to do. */
export interface ErrorSentence {
  readonly message: string;
  readonly next: string;
}

/** Custom error name → its sentences, made from the error's arguments. */
export type Sentences = Readonly<Partial<Record<string, (args: Result) => ErrorSentence>>>;

/** An argument as a bigint. */
export function big(args: Result, index: number): bigint {
  return BigInt(args[index] as bigint | string);
}

/** An argument as text. */
export function text(args: Result, index: number): string {
  return String(args[index] as string | bigint);
}

/** An amount of wei, e.g. `0.002 ETH`. */
export function ether(args: Result, index: number): string {
  return `${formatEther(big(args, index))} ETH`.replace(".0 ETH", " ETH");
}

/** An amount of a token, whose decimals an error does not tell; the zero address is ether. */
export function amount(args: Result, token: number, index: number): string {
  if (big(args, token) === 0n) return ether(args, index);
  return `${text(args, index)} of the smallest unit of token ${short(args, token)}`;
}

/** A time, e.g. `2026-03-01 14:32:10 UTC`; the year 9999 at most, so that any argument prints. */
export function time(args: Result, index: number): string {
  const seconds = big(args, index);
  const most = 253_402_300_799n;
  const date = new Date(Number(seconds < most ? seconds : most) * 1_000);
  return date.toISOString().replace("T", " ").replace(".000Z", " UTC");
}

/** A digest or an address, e.g. `0x12ab…89ef`. */
export function short(args: Result, index: number): string {
  const hex = text(args, index);
  return hex.length > 12 ? `${hex.slice(0, 6)}…${hex.slice(-4)}` : hex;
}
