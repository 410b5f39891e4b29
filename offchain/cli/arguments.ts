/** Arguments of commands, brought from text to values. */
import { getAddress, isAddress, parseUnits } from "ethers";

import { ETHER, type Hex } from "../chain/types.ts";
import { REPLICAS, type Replicas } from "../client/types.ts";
import { badArgument } from "./errors.ts";

/** A model's or a request's number. @throws CliError `USAGE` */
export function idArgument(name: string, text: string): bigint {
  if (!/^[1-9]\d{0,17}$/.test(text)) throw badArgument(name, "a number from 1");
  return BigInt(text);
}

/** A whole number not below a least one. @throws CliError `USAGE` */
export function countArgument(name: string, text: string, least = 0): number {
  const value = Number(text);
  if (!/^\d{1,9}$/.test(text) || value < least) throw badArgument(name, `a whole number from ${least}`);
  return value;
}

/**
 * An amount of money, in its smallest unit.
 *
 * @param decimals of the currency, 18 for ether
 * @throws CliError `USAGE`
 */
export function amountArgument(name: string, text: string, decimals: number): bigint {
  const match = /^\d{1,12}(?:\.(?<fraction>\d{1,18}))?$/.exec(text);
  if (match === null || (match.groups?.["fraction"] ?? "").length > decimals) {
    throw badArgument(name, decimals === 0 ? "a whole number" : "an amount such as 0.002");
  }
  return parseUnits(text, decimals);
}

/** How many nodes evaluate a request. @throws CliError `USAGE` */
export function replicasArgument(text: string): Replicas {
  const replicas = REPLICAS.find((count) => String(count) === text);
  if (replicas === undefined) throw badArgument("--replicas", "1, 3, 5 or 7");
  return replicas;
}

/** An account's address, checksummed. @throws CliError `USAGE` */
export function addressArgument(name: string, text: string): Hex {
  if (!isAddress(text)) throw badArgument(name, "an address, 0x and 40 digits");
  return getAddress(text) as Hex;
}

/** A currency: `ether`, or the address of an ERC-20 token. @throws CliError `USAGE` */
export function tokenArgument(name: string, text: string): Hex {
  return text === "ether" ? ETHER : addressArgument(name, text);
}

/**
 * Versions of a model: the one that is named, or all.
 *
 * @param count versions there are
 * @throws CliError `USAGE`
 */
export function versionsArgument(name: string, text: string | undefined, count: number): number[] {
  return text === undefined ? Array.from({ length: count }, (_, i) => i + 1) : [countArgument(name, text, 1)];
}
