/**
 * The load test of the protocol: many requests to five nodes, two of them faulty in random ways, until every request has ended; then the books are checked.
 * Chain, contracts, daemons, keys, ciphertexts and their evaluation are real; the plan is the smallest there is.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { Wallet } from "ethers";
import { destination } from "pino";

import { INTERFACES } from "../../offchain/chain/contracts.ts";
import { LOCAL_PARAMETERS, type DeploymentParameters } from "../deploy/parameters.ts";
import { actingMember } from "../network/acting.ts";
import { echoUser, publishEcho } from "../network/echo-model.ts";
import { startFleet, untilServing, type Fleet } from "../network/fleet.ts";
import { weiOff } from "./books.ts";
import { faultyActing, honestActing } from "./faults.ts";
import { decisions, type Decide } from "./random.ts";
import { care } from "./requester.ts";

const HONEST = 3;
const FAULTY = 2;
/** Requests under way at a time. */
const AT_ONCE = 40;
/** Seconds a request has, from its making to its deadline. */
const PATIENCE = 60;
/** Seconds after which a request that has not ended is stuck: its deadline, and every window of a dispute one after the other, twice. */
const STUCK = 300;

/** Windows in which five nodes on one busy machine can keep up with each other. */
const PARAMETERS: DeploymentParameters = {
  ...LOCAL_PARAMETERS,
  hub: {
    ...LOCAL_PARAMETERS.hub,
    acceptWindow: 12,
    postWindow: 20,
    revealWindow: 12,
    challengeWindow: 12,
    minimumTime: 5,
    auditFeeBps: 3_000,
  },
  disputes: {
    ...LOCAL_PARAMETERS.disputes,
    challengerWindow: 10,
    drawWindow: 20,
    commitWindow: 20,
    revealWindow: 20,
    verdictWindow: 20,
  },
  nodes: { ...LOCAL_PARAMETERS.nodes, suspension: 10 },
};

export interface SoakReport {
  readonly requests: number;
  readonly settled: number;
  readonly refunded: number;
  /** Requests whose answer came before a jury, by a challenge or an audit. */
  readonly challenged: number;
  /** Duties that cost a part or the whole of their bond. */
  readonly slashed: number;
  /** Requests that did not end. */
  readonly stuck: number;
  /** Wei the books are off by, as a decimal number. */
  readonly weiOff: string;
}

export interface SoakOptions {
  readonly requests: number;
  readonly seed: string;
  readonly onProgress?: (line: string) => void;
  /** File for the nodes' logs; none are kept when omitted. */
  readonly log?: string;
}

export async function soakProtocol({ requests, seed, onProgress, log }: SoakOptions): Promise<SoakReport> {
  const folder = await mkdtemp(path.join(tmpdir(), "cloakwork-soak-"));
  try {
    const decide = decisions(seed);
    const seen = new Map<bigint, unknown>();
    const acting = Array.from({ length: HONEST + FAULTY }, (_, node) =>
      node < HONEST ? honestActing(seen) : faultyActing(decide, node, seen),
    );
    await using fleet = await startFleet({
      folder,
      members: acting.map((act, node) => ({
        ...actingMember(act),
        config: { challenge: node < HONEST ? 0.5 : "never" },
      })),
      parameters: PARAMETERS,
      config: { pollMs: 300, stake: "1000000000000000000000", engine: "simd" },
      ...(log === undefined ? {} : { log: destination({ dest: log, mkdir: true }) }),
    });
    const modelId = await publishEcho(fleet);
    await untilServing(fleet, modelId, HONEST + FAULTY);
    const ended = await ask(fleet, modelId, requests, decide, onProgress ?? (() => undefined));
    const accounts = [fleet.accounts.deployer, fleet.accounts.owner, ...fleet.accounts.users, ...fleet.nodes];
    const { challengeBond } = PARAMETERS.disputes;
    // Nodes close their challenges after the last request has ended.
    let off = -1n;
    for (let waited = 0; waited < 30 && off !== 0n; waited++) {
      await sleep(1000);
      const addresses = accounts.map(({ address }) => address);
      off = await weiOff(fleet, modelId, addresses, BigInt(requests), challengeBond);
    }
    return { requests, ...ended, ...(await countEvents(fleet)), weiOff: off.toString() };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Makes all requests, never more than some at a time, and cares for each until it has ended or is stuck. */
async function ask(
  fleet: Fleet,
  modelId: bigint,
  requests: number,
  decide: Decide,
  tell: (line: string) => void,
): Promise<Pick<SoakReport, "settled" | "refunded" | "stuck">> {
  const user = await echoUser(fleet, modelId, fleet.accounts.users[0]);
  const open = new Map<bigint, number>();
  const ended = { settled: 0, refunded: 0, stuck: 0 };
  let made = 0;
  while (made < requests || open.size > 0) {
    if (made < requests && open.size < AT_ONCE) {
      open.set(await user.ask(requestNumber(++made, decide)), Date.now());
      if (made % 25 === 0) tell(`${made} requests made, ${ended.settled} settled, ${ended.refunded} refunded`);
      continue;
    }
    await careForAll(fleet, user.wallet, open, decide, ended);
    await sleep(500);
  }
  return ended;
}

async function careForAll(
  fleet: Fleet,
  wallet: Wallet,
  open: Map<bigint, number>,
  decide: Decide,
  ended: { settled: number; refunded: number; stuck: number },
): Promise<void> {
  const latest = await fleet.provider.getBlock("latest");
  for (const [id, since] of open) {
    const state = await care(fleet, wallet, id, latest!.timestamp, decide);
    const end = state === "settled" || state === "refunded" ? state : undefined;
    if (end === undefined && Date.now() - since < 1000 * STUCK) continue;
    ended[end ?? "stuck"]++;
    open.delete(id);
  }
}

/** Most ask one node, some three; a few send bytes that are no input, or none. */
function requestNumber(k: number, decide: Decide) {
  const replicas = decide("replicas", k) < 0.3 ? 3 : 1;
  const kind = decide("input", k);
  return {
    replicas,
    patience: PATIENCE,
    upload: kind >= 0.02,
    ...(kind >= 0.02 && kind < 0.07 ? { spoil: (bytes: Uint8Array) => bytes.with(4, 9) } : {}),
  };
}

async function countEvents({ provider, deployment }: Fleet): Promise<Pick<SoakReport, "challenged" | "slashed">> {
  const { contracts, fromBlock } = deployment;
  const count = async (name: "hub" | "disputes", event: string): Promise<number> => {
    const topics = INTERFACES[name].encodeFilterTopics(event, []);
    return (await provider.getLogs({ address: contracts[name], topics, fromBlock })).length;
  };
  const slashed = [
    await count("hub", "Missed"),
    await count("hub", "Overruled"),
    await count("disputes", "JurorPunished"),
  ];
  return { challenged: await count("hub", "Challenged"), slashed: slashed.reduce((sum, one) => sum + one, 0) };
}
