import { parseEther } from "ethers";

import type { DisputeParameters } from "../../offchain/chain/disputes.ts";
import type { HubParameters } from "../../offchain/chain/requests.ts";
import type { EntropySource } from "./entropy-sources.ts";

/** Everything fixed for good at deployment. Times in seconds, amounts in wei. */
export interface DeploymentParameters {
  readonly hub: HubParameters;
  readonly disputes: DisputeParameters;
  readonly nodes: {
    readonly minimumStake: bigint;
    readonly exitDelay: number;
    readonly maximumDeclines: number;
    readonly suspension: number;
  };
  readonly access: { readonly epochLength: number; readonly retention: number; readonly minimumBond: bigint };
  /** `delay`: blocks to the deciding one, 1 to 64. */
  readonly entropy: { readonly source: EntropySource; readonly delay: number };
}

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** For chains where strangers meet. The exit delay outlasts every duty: longest deadline plus windows. */
export const PUBLIC_PARAMETERS: DeploymentParameters = {
  hub: {
    acceptWindow: 10 * 60,
    postWindow: HOUR,
    revealWindow: 30 * 60,
    challengeWindow: 4 * HOUR,
    minimumTime: 15 * 60,
    maximumTime: 7 * DAY,
    missPenaltyBps: 500,
    minorityPenaltyBps: 2_000,
    // An audit costs a node fee for each juror and for who shows it: 5 % of that.
    auditFeeBps: 3_000,
    maximumAttempts: 5,
    redrawFee: parseEther("0.001"),
  },
  disputes: {
    challengerWindow: 30 * 60,
    drawWindow: HOUR,
    commitWindow: 2 * HOUR,
    revealWindow: HOUR,
    verdictWindow: HOUR,
    jurySize: 5,
    auditBps: 500,
    missPenaltyBps: 500,
    challengeBond: parseEther("0.05"),
    jurorFee: parseEther("0.005"),
    challengerFee: parseEther("0.005"),
  },
  nodes: { minimumStake: parseEther("0.5"), exitDelay: 14 * DAY, maximumDeclines: 5, suspension: DAY },
  access: { epochLength: HOUR, retention: 48, minimumBond: parseEther("0.05") },
  entropy: { source: "blockhash", delay: 2 },
};

/** For chains on one machine, where a person waits. */
export const LOCAL_PARAMETERS: DeploymentParameters = {
  hub: {
    acceptWindow: 60,
    postWindow: 120,
    revealWindow: 60,
    challengeWindow: 60,
    minimumTime: 30,
    maximumTime: DAY,
    missPenaltyBps: 500,
    minorityPenaltyBps: 2_000,
    auditFeeBps: 2_000,
    maximumAttempts: 3,
    redrawFee: parseEther("0.0001"),
  },
  disputes: {
    challengerWindow: 30,
    drawWindow: 60,
    commitWindow: 120,
    revealWindow: 60,
    verdictWindow: 60,
    jurySize: 3,
    auditBps: 500,
    missPenaltyBps: 500,
    challengeBond: parseEther("0.01"),
    jurorFee: parseEther("0.001"),
    challengerFee: parseEther("0.001"),
  },
  nodes: { minimumStake: parseEther("0.1"), exitDelay: 10 * 60, maximumDeclines: 5, suspension: 60 },
  access: { epochLength: 2, retention: 300, minimumBond: parseEther("0.01") },
  entropy: { source: "blockhash", delay: 1 },
};
