import { hexlify, randomBytes, type ContractRunner, type Signer } from "ethers";

import { call } from "./call.ts";
import { INTERFACES } from "./contracts.ts";
import { eventIn } from "./receipt-events.ts";
import { nothing, send, type Sent } from "./send.ts";
import type { Answer, DeployedContracts, Hex, ResultRef } from "./types.ts";

/** Windows and rates of disputes, fixed at deployment (IDisputes.DisputeParameters). Seconds, counts, 1/10,000, wei. */
export interface DisputeParameters {
  readonly challengerWindow: number;
  readonly drawWindow: number;
  readonly commitWindow: number;
  readonly revealWindow: number;
  readonly verdictWindow: number;
  readonly jurySize: number;
  readonly auditBps: number;
  readonly missPenaltyBps: number;
  readonly challengeBond: bigint;
  readonly jurorFee: bigint;
  readonly challengerFee: bigint;
}

export type DisputePhase = "none" | "drawing" | "committing" | "revealing" | "ended";
export type JurorState = "drawn" | "committed" | "revealed" | "missed" | "released";

/** A dispute as it stands (IDisputes.Dispute). */
export interface Dispute {
  readonly phase: DisputePhase;
  readonly audit: boolean;
  /** End of the phase; of `revealing`, the last moment to reveal. */
  readonly due: number;
  /** The entropy round that decides: the jury while `drawing`, the step while `revealing`. */
  readonly round: number;
  readonly decided: boolean;
  readonly opener: Hex;
  /** Number of the challenge that opened it. */
  readonly opening: number;
  /** Receipt of the answer in dispute. */
  readonly standing: Hex;
  /** Receipt of the answer found right; all zeros while there is none. */
  readonly right: Hex;
  /** Receipt of kind 4 once the requester says that the result's bytes cannot be had; all zeros else. */
  readonly withheld: Hex;
}

/** A challenge (IDisputes.Challenge). */
export interface Challenge {
  readonly challenger: Hex;
  readonly revealed: boolean;
  readonly closed: boolean;
  /** The commitment, then the receipt of the answer it names. */
  readonly answer: Hex;
}

/** A juror (IDisputes.Juror). */
export interface Juror {
  readonly node: Hex;
  readonly state: JurorState;
  readonly bond: bigint;
  readonly vote: Hex;
  readonly work: Hex;
}

const PHASES: readonly DisputePhase[] = ["none", "drawing", "committing", "revealing", "ended"];
const JUROR_STATES: readonly JurorState[] = ["drawn", "committed", "revealed", "missed", "released"];

/** 32 random bytes to hide a commitment behind. Kept until the reveal, or what was committed is lost. */
export function newSalt(): Hex {
  return hexlify(randomBytes(32)) as Hex;
}

/** The windows and rates of disputes. */
export async function getDisputeParameters(
  runner: ContractRunner,
  contracts: DeployedContracts,
): Promise<DisputeParameters> {
  const [parameters] = await call(runner, contracts, "disputes", "parameters");
  const raw = parameters as Readonly<Record<keyof DisputeParameters, bigint>>;
  return {
    challengerWindow: Number(raw.challengerWindow),
    drawWindow: Number(raw.drawWindow),
    commitWindow: Number(raw.commitWindow),
    revealWindow: Number(raw.revealWindow),
    verdictWindow: Number(raw.verdictWindow),
    jurySize: Number(raw.jurySize),
    auditBps: Number(raw.auditBps),
    missPenaltyBps: Number(raw.missPenaltyBps),
    challengeBond: raw.challengeBond,
    jurorFee: raw.jurorFee,
    challengerFee: raw.challengerFee,
  };
}

/** The dispute of a request; `phase` is `none` when there is none. */
export async function getDispute(
  runner: ContractRunner,
  contracts: DeployedContracts,
  requestId: bigint,
): Promise<Dispute> {
  const [dispute] = await call(runner, contracts, "disputes", "disputeOf", [requestId]);
  const raw = dispute as Omit<Dispute, "phase" | "due" | "round" | "opening"> &
    Readonly<Record<"phase" | "due" | "round" | "opening", bigint>>;
  return {
    phase: PHASES[Number(raw.phase)],
    audit: raw.audit,
    due: Number(raw.due),
    round: Number(raw.round),
    decided: raw.decided,
    opener: raw.opener,
    opening: Number(raw.opening),
    standing: raw.standing,
    right: raw.right,
    withheld: raw.withheld,
  };
}

/** The challenges of a request, by their number. */
export async function getChallenges(
  runner: ContractRunner,
  contracts: DeployedContracts,
  requestId: bigint,
): Promise<readonly Challenge[]> {
  const [challenges] = await call(runner, contracts, "disputes", "challengesOf", [requestId]);
  return Array.from(challenges as readonly Challenge[], ({ challenger, revealed, closed, answer }) => ({
    challenger,
    revealed,
    closed,
    answer,
  }));
}

/** The jury of a request, by seat; empty until it is drawn. */
export async function getJury(
  runner: ContractRunner,
  contracts: DeployedContracts,
  requestId: bigint,
): Promise<readonly Juror[]> {
  const [jury] = await call(runner, contracts, "disputes", "juryOf", [requestId]);
  return Array.from(jury as readonly (Omit<Juror, "state"> & { readonly state: bigint })[], (juror) => ({
    node: juror.node,
    state: JUROR_STATES[Number(juror.state)],
    bond: juror.bond,
    vote: juror.vote,
    work: juror.work,
  }));
}

/**
 * The seed of an entropy round.
 *
 * @returns `undefined` while nobody knows it, and when it cannot be read any more
 */
export async function getSeed(
  runner: ContractRunner,
  contracts: DeployedContracts,
  round: number,
): Promise<Hex | undefined> {
  const [status, seed] = await call(runner, contracts, "entropy", "seedOf", [round]);
  return (status as bigint) === 1n ? (seed as Hex) : undefined;
}

/**
 * Commits to a challenge within the challenge window.
 *
 * @param commitment from `answerCommitment`
 * @param bond `challengeBond` of the parameters, wei
 * @returns the sent transaction; its outcome is the challenge's number and by when it has to be revealed
 */
export async function challengeAnswer(
  signer: Signer,
  contracts: DeployedContracts,
  requestId: bigint,
  commitment: Hex,
  bond: bigint,
): Promise<Sent<{ index: bigint; revealBy: number }>> {
  return await send(signer, contracts, {
    contract: "disputes",
    method: "challenge",
    args: [requestId, commitment],
    value: bond,
    outcome: (receipt) => {
      const args = eventIn(receipt, contracts.disputes, INTERFACES.disputes, "ChallengeCommitted");
      return { index: args["index"] as bigint, revealBy: Number(args["revealBy"] as bigint) };
    },
  });
}

/** Says what the right answer is; the first to do so begins the dispute. */
export async function revealChallenge(
  signer: Signer,
  contracts: DeployedContracts,
  requestId: bigint,
  index: bigint,
  { kind, size, digest }: Answer,
  salt: Hex,
): Promise<Sent> {
  return await disputesCall(signer, contracts, "revealChallenge", [requestId, index, kind, size, digest, salt]);
}

/** Begins the audit of a result that was drawn for it. */
export async function auditResult(signer: Signer, contracts: DeployedContracts, requestId: bigint): Promise<Sent> {
  return await disputesCall(signer, contracts, "audit", [requestId]);
}

/** Draws the jury. Anybody may. */
export async function drawJury(signer: Signer, contracts: DeployedContracts, requestId: bigint): Promise<Sent> {
  return await disputesCall(signer, contracts, "drawJury", [requestId]);
}

/**
 * A juror has evaluated.
 *
 * @param commitment from `answerCommitment`
 */
export async function commitVote(
  signer: Signer,
  contracts: DeployedContracts,
  requestId: bigint,
  commitment: Hex,
): Promise<Sent> {
  return await disputesCall(signer, contracts, "commitVote", [requestId, commitment]);
}

/** Goes on without jurors who did not commit in time. Anybody may. */
export async function closeVotes(signer: Signer, contracts: DeployedContracts, requestId: bigint): Promise<Sent> {
  return await disputesCall(signer, contracts, "closeVotes", [requestId]);
}

/**
 * A juror says what it voted, once the step is drawn.
 *
 * @param work from `workDigest`
 */
export async function revealVote(
  signer: Signer,
  contracts: DeployedContracts,
  requestId: bigint,
  { kind, size, digest }: Answer,
  work: Hex,
  salt: Hex,
): Promise<Sent> {
  return await disputesCall(signer, contracts, "revealVote", [requestId, kind, size, digest, work, salt]);
}

/**
 * Carries out the verdict of more than half of the jury. Anybody may.
 *
 * @param answer the jury's; with the bytes of an inline result unless it is the one in dispute
 * @param stateDigest what those jurors' works were made of
 */
export async function concludeDispute(
  signer: Signer,
  contracts: DeployedContracts,
  requestId: bigint,
  answer: Answer & Pick<ResultRef, "data">,
  stateDigest: Hex,
): Promise<Sent> {
  return await disputesCall(signer, contracts, "conclude", [requestId, answer, stateDigest]);
}

/** Ends a dispute that came to no verdict in time. Anybody may. */
export async function abandonDispute(signer: Signer, contracts: DeployedContracts, requestId: bigint): Promise<Sent> {
  return await disputesCall(signer, contracts, "abandon", [requestId]);
}

/** Pays a challenge's bond back, or burns it. Anybody may. */
export async function closeChallenge(
  signer: Signer,
  contracts: DeployedContracts,
  requestId: bigint,
  index: bigint,
): Promise<Sent> {
  return await disputesCall(signer, contracts, "closeChallenge", [requestId, index]);
}

async function disputesCall(
  signer: Signer,
  contracts: DeployedContracts,
  method: string,
  args: readonly unknown[],
): Promise<Sent> {
  return await send(signer, contracts, { contract: "disputes", method, args, outcome: nothing });
}
