import { parseEther } from "ethers";

import type { HubParameters } from "../../offchain/chain/requests.ts";

/** Everything fixed for good at deployment. Times in seconds, amounts in wei. */
export interface DeploymentParameters {
  readonly hub: HubParameters;
  readonly nodes: {
    readonly minimumStake: bigint;
    readonly exitDelay: number;
    readonly maximumDeclines: number;
    readonly suspension: number;
  };
  readonly access: { readonly epochLength: number; readonly retention: number; readonly minimumBond: bigint };
  readonly entropy: { readonly delay: number };
}

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** For chains where strangers meet. The exit delay outlasts every duty: longest deadline plus windows. */
export const PUBLIC_PARAMETERS: DeploymentParameters = {
  hub: {
    acceptWindow: 10 * 60,
    postWindow: HOUR,
    challengeWindow: 4 * HOUR,
    minimumTime: 15 * 60,
    maximumTime: 7 * DAY,
    missPenaltyBps: 500,
    maximumAttempts: 5,
    redrawFee: parseEther("0.001"),
  },
  nodes: { minimumStake: parseEther("0.5"), exitDelay: 14 * DAY, maximumDeclines: 5, suspension: DAY },
  access: { epochLength: HOUR, retention: 48, minimumBond: parseEther("0.05") },
  entropy: { delay: 2 },
};

/** For chains on one machine, where a person waits. */
export const LOCAL_PARAMETERS: DeploymentParameters = {
  hub: {
    acceptWindow: 60,
    postWindow: 120,
    challengeWindow: 60,
    minimumTime: 30,
    maximumTime: DAY,
    missPenaltyBps: 500,
    maximumAttempts: 3,
    redrawFee: parseEther("0.0001"),
  },
  nodes: { minimumStake: parseEther("0.1"), exitDelay: 10 * 60, maximumDeclines: 5, suspension: 60 },
  access: { epochLength: 2, retention: 300, minimumBond: parseEther("0.01") },
  entropy: { delay: 1 },
};
