/** Arguments of commands, brought from text to values. */
import { isAddress, getAddress, parseEther } from "ethers";

import type { Hex } from "../chain/types.ts";
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

/** An amount of ether, as wei. @throws CliError `USAGE` */
export function etherArgument(name: string, text: string): bigint {
  if (!/^\d{1,12}(?:\.\d{1,18})?$/.test(text)) throw badArgument(name, "an amount of ether such as 0.002");
  return parseEther(text);
}

/** An account's address, checksummed. @throws CliError `USAGE` */
export function addressArgument(name: string, text: string): Hex {
  if (!isAddress(text)) throw badArgument(name, "an address, 0x and 40 digits");
  return getAddress(text) as Hex;
}
