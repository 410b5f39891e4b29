/** Decisions that follow from a seed and what is decided, whatever the order in which they are asked for. */
import { createHash } from "node:crypto";

/** A number in [0, 1) for something named, the same each time. */
export type Decide = (...what: readonly (string | number | bigint)[]) => number;

/** @param seed any text */
export function decisions(seed: string): Decide {
  return (...what) =>
    createHash("sha256")
      .update([seed, ...what.map(String)].join("/"))
      .digest()
      .readUInt32BE(0) /
    2 ** 32;
}
