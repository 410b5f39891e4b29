/** Who can gain what by which lie, by the rules of the contracts (docs/protocol.md), computed from a deployment's parameters. Amounts in wei. */
import type { DeploymentParameters } from "../deploy/parameters.ts";

const BPS = 10_000n;

/** One way to cheat. */
export interface Lie {
  readonly who: string;
  readonly what: string;
  /** Most that can be won by it, beside what is saved by not working; undefined for a node fee, which owners set. */
  readonly gain: bigint | undefined;
  /** What is lost when it comes out, or what it costs; where nothing can come out, what the victim loses. In words for fees, which owners set. */
  readonly loss: bigint | string;
  readonly note: string;
}

/** What the wrong side of a verdict pays, and to whom (`Disputes._payFees`). */
export interface Payout {
  readonly jurors: bigint;
  readonly challenger: bigint;
  readonly burned: bigint;
}

/**
 * How a pot is shared after a challenge that was right.
 *
 * @param pot what the wrong side loses
 * @param jurors of the majority
 */
export function payoutOf(pot: bigint, jurors: bigint, { disputes }: Pick<DeploymentParameters, "disputes">): Payout {
  const share = pot / (jurors + 1n);
  const fee = share < disputes.jurorFee ? share : disputes.jurorFee;
  const rest = pot - fee * jurors;
  const challenger = rest < disputes.challengerFee ? rest : disputes.challengerFee;
  return { jurors: fee * jurors, challenger, burned: rest - challenger };
}

/**
 * The bond at which making an answer up does not pay on average, where nobody looks but the audits: fee · (1 − a) = bond · a.
 *
 * @returns in node fees, rounded up
 */
export function bondAgainstMadeUpAnswers({ disputes }: Pick<DeploymentParameters, "disputes">): bigint {
  const audited = BigInt(disputes.auditBps);
  return (BPS - audited + audited - 1n) / audited;
}

/**
 * All of them, at the least bond a duty may have.
 *
 * @param parameters of the deployment
 */
export function lies(parameters: DeploymentParameters): readonly Lie[] {
  const { hub, nodes, disputes, access } = parameters;
  const bond = access.minimumBond;
  const share = (bps: number): bigint => (bond * BigInt(bps)) / BPS;
  const jury = disputes.jurorFee * BigInt(disputes.jurySize);
  const robbed = payoutOf(bond, BigInt(disputes.jurySize), parameters);
  return [
    {
      who: "the one node of a request",
      what: "makes a result up",
      gain: undefined,
      loss: bond,
      note: `comes out by a challenge or, unless the requester settles at once, in ${disputes.auditBps / 100} % of requests by an audit; with audits alone it does not pay once the bond is ${bondAgainstMadeUpAnswers(parameters)} node fees`,
    },
    {
      who: "one of several nodes",
      what: "answers otherwise than the majority",
      gain: 0n,
      loss: share(hub.minorityPenaltyBps),
      note: "certain: it gets no fee, and a part of its bond is burned",
    },
    {
      who: "a majority of a request's nodes",
      what: "agrees on a made-up result",
      gain: undefined,
      loss: bond,
      note: "each of them; comes out as with one node",
    },
    {
      who: "a node",
      what: "takes a duty and stays silent",
      gain: 0n,
      loss: share(hub.missPenaltyBps),
      note: "each time; burned",
    },
    {
      who: "the one node of a request",
      what: "posts a batch's digest and keeps the bytes",
      gain: undefined,
      loss: bond,
      note: "comes out when the requester complains within the challenge window; the jury serves the result",
    },
    {
      who: "the one node of a request",
      what: "serves a batch's result only once a jury looks",
      gain: 0n,
      loss: jury,
      note: "the requester's loss: it pays the jury, and has the result from it",
    },
    {
      who: "a requester",
      what: "complains about a result that is served",
      gain: 0n,
      loss: jury,
      note: "pays the jury; the node waits for its fee meanwhile",
    },
    {
      who: "the owner of a jury's majority",
      what: "has its node withhold a result, and the jury say that it is served",
      gain: jury,
      loss: jury,
      note: "the requester's loss, when it complains. Ask nodes of owners whose other nodes are not all theirs",
    },
    {
      who: "a challenger",
      what: "accuses a right answer",
      gain: 0n,
      loss: disputes.challengeBond,
      note: "pays the jury, the rest is burned",
    },
    {
      who: "a juror",
      what: "votes without evaluating, or not at all",
      gain: disputes.jurorFee,
      loss: share(disputes.missPenaltyBps),
      note: "it wins only by guessing both the answer and the state after a step drawn later",
    },
    {
      who: "the owner of a jury's majority",
      what: "has an honest node's answer overruled",
      gain: robbed.jurors + robbed.challenger,
      loss: bond,
      note: `the node's loss, never more than the bond of that duty; of it ${ether(robbed.burned)} ETH are burned. Serve models of owners whose other nodes are not all theirs`,
    },
    {
      who: "a requester",
      what: "withholds the input from everybody",
      gain: 0n,
      loss: 0n,
      note: `gas on both sides: up to ${hub.maximumAttempts} draws and declines for each replica; a decline counts only when others are paid, so nobody is suspended`,
    },
    {
      who: "a requester",
      what: "withholds the input from one node and has another answer",
      gain: 0n,
      loss: `the price of ${nodes.maximumDeclines} requests`,
      note: `no more than one node for each that is paid; the node's loss, unless a result of its own for the model is paid in between: it is not drawn for the model for ${nodes.suspension / 3600} hours`,
    },
    {
      who: "a model's owner that serves it as well",
      what: "withholds inputs from one node and answers itself",
      gain: 0n,
      loss: `the gas of ${nodes.maximumDeclines} requests`,
      note: `the node is not drawn for the owner's own model for ${nodes.suspension / 3600} hours, which the owner can have by revoking it; for all others it is drawn as before`,
    },
    {
      who: "a requester",
      what: "withholds the input after a node accepted",
      gain: 0n,
      loss: 0n,
      note: "the node has worked for nothing; nobody is slashed",
    },
    {
      who: "anybody",
      what: "lets a draw expire to have another",
      gain: 0n,
      loss: hub.redrawFee,
      note: "each time; burned, and the next draw is as unknown",
    },
  ];
}

/** E.g. `0.0025`. */
export function ether(wei: bigint): string {
  const digits = wei.toString().padStart(19, "0");
  const fraction = digits.slice(-18).replace(/0+$/, "");
  return fraction === "" ? digits.slice(0, -18) : `${digits.slice(0, -18)}.${fraction}`;
}

/** The lies as a table in Markdown, amounts in ether. */
export function table(parameters: DeploymentParameters): string {
  const rows = lies(parameters).map(
    ({ who, what, gain, loss, note }) =>
      `| ${who} | ${what} | ${gain === undefined ? "a node fee" : ether(gain)} | ${typeof loss === "string" ? loss : ether(loss)} | ${note} |`,
  );
  return ["| who | does what | can gain | can cost | |", "|---|---|---|---|---|", ...rows].join("\n");
}
