/** What faulty nodes of a soak test do otherwise than they should, drawn for each request from the seed. */
import { wrongResult, type Acting } from "../network/acting.ts";
import type { Decide } from "./random.ts";

/** Share of calls of each kind a faulty node does not send. */
const SILENT: Readonly<Record<string, number>> = {
  accept: 0.06,
  post: 0.1,
  commit: 0.1,
  reveal: 0.08,
  commitVote: 0.08,
  revealVote: 0.08,
};
/** Share of requests it answers wrongly, refuses without a reason, or whose commitment it copies. */
const LIES = 0.2;
const REFUSES = 0.04;
const COPIES = 0.05;

/** Commitments seen so far, by request. */
export type SeenCommitments = Map<bigint, unknown>;

/**
 * @param node number of the node
 * @param seen shared by all nodes of a fleet
 */
export function faultyActing(decide: Decide, node: number, seen: SeenCommitments): Acting {
  return {
    lie: (result, request) => (decide("lie", node, request) < LIES ? wrongResult(result) : result),
    judge: (verdict, input) =>
      decide("refuse", node, input) < REFUSES
        ? { ok: false, code: 11, name: "CIPHERTEXT_RESIDUE", reason: "made up" }
        : verdict,
    send({ method, args }) {
      const request = args[0] as bigint;
      if (decide("silent", node, method, request) < (SILENT[method] ?? 0)) return "drop";
      if (method !== "commit") return undefined;
      const other = seen.get(request);
      if (other !== undefined && decide("copy", node, request) < COPIES) return [request, other];
      seen.set(request, args[1]);
      return undefined;
    },
  };
}

/** An honest node: what it commits to can be seen by others, as everything on a chain can. */
export function honestActing(seen: SeenCommitments): Acting {
  return {
    send({ method, args }) {
      if (method === "commit") seen.set(args[0] as bigint, args[1]);
      return undefined;
    },
  };
}
