import type { Hex } from "../../offchain/chain/types.ts";

/** A key set as the page may know it: everything but its secrets. */
export interface KeySetRow {
  readonly id: Hex;
  readonly owner: Hex;
  /** Name of the parameter set. */
  readonly paramsId: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly packs: number;
  /** Of all packs. */
  readonly bytes: number;
  /** `unknown`: the chain could not be asked. */
  readonly state: "in use" | "revoked" | "unregistered" | "unknown";
}
