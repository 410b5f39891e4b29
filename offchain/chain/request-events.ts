import { decodeBytes32String, type Log, type Provider, type Result, toBeHex } from "ethers";

import { decodeContractError } from "./contract-errors.ts";
import { INTERFACES } from "./contracts.ts";
import { REFUND_REASONS, VERDICTS } from "./request-states.ts";
import type { Answer, Binding, EventOrigin, Hex, Quote, RequestEvent } from "./types.ts";

/** A raw log's position and content, as every RPC client gives it. */
export type RawLog = Pick<
  Log,
  "address" | "topics" | "data" | "blockNumber" | "blockHash" | "transactionHash" | "index"
>;

/** An event of one type. */
export type RequestEventOf<T extends RequestEvent["type"]> = Extract<RequestEvent, { type: T }>;

/**
 * Reads one of the hub's logs.
 *
 * @returns the event, or `undefined` for a log the hub's interface does not know
 */
export function decodeRequestEvent(log: RawLog): RequestEvent | undefined {
  const parsed = INTERFACES.hub.parseLog(log);
  if (parsed === null) return undefined;
  const origin: EventOrigin & { requestId: bigint } = {
    blockNumber: log.blockNumber,
    blockHash: log.blockHash as Hex,
    transactionHash: log.transactionHash as Hex,
    logIndex: log.index,
    requestId: parsed.args["requestId"] as bigint,
  };
  return decodeArguments(parsed.name, parsed.args, origin);
}

/**
 * All events of one request, oldest first.
 *
 * @param hub the hub's address
 * @param fromBlock where to start, e.g. the deployment's `fromBlock`
 * @throws CloakworkError when the node cannot be asked
 */
export async function getRequestEvents(
  provider: Provider,
  hub: Hex,
  requestId: bigint,
  fromBlock: number,
): Promise<readonly RequestEvent[]> {
  try {
    const logs = await provider.getLogs({
      address: hub,
      topics: [null, toBeHex(requestId, 32)],
      fromBlock,
      toBlock: "latest",
    });
    return logs.map((log) => decodeRequestEvent(log)).filter((event) => event !== undefined);
  } catch (error) {
    throw decodeContractError(error);
  }
}

/**
 * The last event of a type of one request, e.g. `posted` for its inline result.
 *
 * @returns `undefined` when there is none
 */
export async function findRequestEvent<T extends RequestEvent["type"]>(
  provider: Provider,
  hub: Hex,
  requestId: bigint,
  fromBlock: number,
  type: T,
): Promise<RequestEventOf<T> | undefined> {
  const events = await getRequestEvents(provider, hub, requestId, fromBlock);
  return events.findLast((event): event is RequestEventOf<T> => event.type === type);
}

function decodeArguments(
  name: string,
  args: Result,
  origin: EventOrigin & { requestId: bigint },
): RequestEvent | undefined {
  const number = (key: string): number => Number(args[key] as bigint);
  const amount = (key: string): bigint => args[key] as bigint;
  const node = args["node"] as Hex;
  switch (name) {
    case "Requested":
      return {
        ...origin,
        type: "requested",
        binding: bindingFromChain(args["binding"] as RawBinding),
        inputUri: args["inputUri"] as string,
        price: quoteFromChain(args["price"] as Quote),
        deadline: number("deadline"),
        drawRound: number("drawRound"),
      };
    case "DrawStarted":
      return { ...origin, type: "draw-started", drawRound: number("drawRound"), drawEpoch: number("drawEpoch") };
    case "Assigned":
      return {
        ...origin,
        type: "assigned",
        node,
        replica: number("replica"),
        bond: amount("bond"),
        acceptBy: number("acceptBy"),
      };
    case "Accepted":
      return { ...origin, type: "accepted", node, replica: number("replica"), postBy: number("postBy") };
    case "Declined":
      return { ...origin, type: "declined", node, replica: number("replica") };
    case "Missed":
      return { ...origin, type: "missed", node, replica: number("replica"), penalty: amount("penalty") };
    case "Rejected":
      return { ...origin, type: "rejected", node, code: number("code"), until: number("until") };
    case "Posted": {
      const raw = args["result"] as { kind: bigint; size: bigint; digest: Hex; data: Hex };
      const result = { kind: Number(raw.kind) as 0 | 1, size: Number(raw.size), digest: raw.digest, data: raw.data };
      return { ...origin, type: "posted", node, result, until: number("until") };
    }
    case "Committed":
      return { ...origin, type: "committed", node, replica: number("replica"), commitment: args["commitment"] as Hex };
    case "RevealsOpened":
      return { ...origin, type: "reveals-opened", until: number("until") };
    case "Revealed": {
      const answer: Answer = {
        kind: number("kind") as Answer["kind"],
        size: number("size"),
        digest: args["digest"] as Hex,
      };
      return { ...origin, type: "revealed", node, replica: number("replica"), answer, data: args["data"] as Hex };
    }
    case "Overruled":
      return { ...origin, type: "overruled", node, replica: number("replica"), penalty: amount("penalty") };
    case "Held":
      return { ...origin, type: "held", until: number("until") };
    case "Challenged":
      return { ...origin, type: "challenged" };
    case "Resolved":
      return { ...origin, type: "resolved", verdict: VERDICTS[number("verdict")] };
    case "Settled":
      return {
        ...origin,
        type: "settled",
        paidToNodes: amount("paidToNodes"),
        paidToOwner: amount("paidToOwner"),
      };
    case "Refunded":
      return { ...origin, type: "refunded", amount: amount("amount"), reason: REFUND_REASONS[number("reason")] };
    default:
      return undefined;
  }
}

/** The binding as ethers decodes it. */
type RawBinding = {
  readonly [K in keyof Binding]: Binding[K] extends number ? bigint : K extends "semantics" ? Hex : Binding[K];
};

function bindingFromChain(raw: RawBinding): Binding {
  return {
    requestId: raw.requestId,
    requester: raw.requester,
    modelId: raw.modelId,
    version: Number(raw.version),
    planIndex: Number(raw.planIndex),
    planDigest: raw.planDigest,
    weightsRoot: raw.weightsRoot,
    noiseRoot: raw.noiseRoot,
    noiseIndex: Number(raw.noiseIndex),
    semantics: decodeBytes32String(raw.semantics),
    keySetId: raw.keySetId,
    keySetOwner: raw.keySetOwner,
    packsDigest: raw.packsDigest,
    packCount: Number(raw.packCount),
    inputBlobRoot: raw.inputBlobRoot,
    inputResiduesRoot: raw.inputResiduesRoot,
    inputSize: Number(raw.inputSize),
    replicas: Number(raw.replicas),
  };
}

function quoteFromChain({ token, modelFee, nodeFee, auditFee, total }: Quote): Quote {
  return { token, modelFee, nodeFee, auditFee, total };
}
