import type { ContractRunner, Signer } from "ethers";

import { call } from "./call.ts";
import { INTERFACES } from "./contracts.ts";
import { eventIn } from "./receipt-events.ts";
import { DUTY_STATES, REQUEST_STATES } from "./request-states.ts";
import { send, type Sent } from "./send.ts";
import type { Permit } from "./tokens.ts";
import {
  type DeployedContracts,
  type Duty,
  ETHER,
  type Hex,
  type InferenceRequest,
  type Quote,
  type RequestParams,
} from "./types.ts";

/** Windows and rates of a hub, fixed at deployment. Seconds, 1/10,000, draws, wei. */
export interface HubParameters {
  readonly acceptWindow: number;
  readonly postWindow: number;
  readonly revealWindow: number;
  readonly challengeWindow: number;
  readonly minimumTime: number;
  readonly maximumTime: number;
  readonly missPenaltyBps: number;
  readonly minorityPenaltyBps: number;
  readonly auditFeeBps: number;
  readonly maximumAttempts: number;
  readonly redrawFee: bigint;
}

interface RawRequest {
  readonly requester: Hex;
  readonly state: bigint;
  readonly modelId: bigint;
  readonly version: bigint;
  readonly planIndex: bigint;
  readonly replicas: bigint;
  readonly noiseIndex: bigint;
  readonly deadline: bigint;
  readonly token: Hex;
  readonly payee: Hex;
  readonly modelFee: bigint;
  readonly nodeFee: bigint;
  readonly auditFee: bigint;
  readonly binding: Hex;
  readonly drawRound: bigint;
  readonly drawEpoch: bigint;
  readonly attempts: bigint;
  readonly until: bigint;
  readonly rejectCode: bigint;
  readonly resultKind: bigint;
  readonly resultSize: bigint;
  readonly resultDigest: Hex;
  readonly auditRound: bigint;
}

/**
 * What a request would cost now.
 *
 * @throws CloakworkError when the model is not active or a number is wrong
 */
export async function getQuote(
  runner: ContractRunner,
  contracts: DeployedContracts,
  modelId: bigint,
  version: number,
  planIndex: number,
  replicas = 1,
): Promise<Quote> {
  const [quote] = await call(runner, contracts, "hub", "quote", [modelId, version, planIndex, replicas]);
  const { token, modelFee, nodeFee, auditFee, total } = quote as Quote;
  return { token, modelFee, nodeFee, auditFee, total };
}

/**
 * Makes a request and pays for it.
 *
 * @param price the quote the person agreed to; when the price has changed since, the request is refused
 * @returns the sent transaction; its outcome is the request's id and binding digest
 */
export async function requestInference(
  signer: Signer,
  contracts: DeployedContracts,
  params: RequestParams,
  price: Quote,
): Promise<Sent<{ requestId: bigint }>> {
  return await send(signer, contracts, {
    contract: "hub",
    method: "request",
    args: [params],
    value: price.token === ETHER ? price.total : 0n,
    outcome: (receipt) => {
      const { requestId } = eventIn(receipt, contracts.hub, INTERFACES.hub, "Requested");
      return { requestId: requestId as bigint };
    },
  });
}

/**
 * Makes a request in a token with an ERC-2612 permit in place of an allowance given before.
 *
 * @param permit from `signPermit`, for `params.maxFee`
 */
export async function requestWithPermit(
  signer: Signer,
  contracts: DeployedContracts,
  params: RequestParams,
  permit: Permit,
): Promise<Sent<{ requestId: bigint }>> {
  return await send(signer, contracts, {
    contract: "hub",
    method: "requestWithPermit",
    args: [params, permit],
    outcome: (receipt) => {
      const { requestId } = eventIn(receipt, contracts.hub, INTERFACES.hub, "Requested");
      return { requestId: requestId as bigint };
    },
  });
}

/** How many requests there are; ids run from 1 to this. */
export async function getRequestCount(runner: ContractRunner, contracts: DeployedContracts): Promise<bigint> {
  const [count] = await call(runner, contracts, "hub", "requestCount");
  return count as bigint;
}

/**
 * A request as it stands, with its duties.
 *
 * @throws CloakworkError `INFERENCE_HUB_WRONG_STATE` when there is no such request
 */
export async function getRequest(
  runner: ContractRunner,
  contracts: DeployedContracts,
  requestId: bigint,
): Promise<InferenceRequest> {
  const [[request], [duties]] = await Promise.all([
    call(runner, contracts, "hub", "requestOf", [requestId]),
    call(runner, contracts, "hub", "dutiesOf", [requestId]),
  ]);
  const raw = request as RawRequest;
  const resultSize = Number(raw.resultSize);
  return {
    requestId,
    requester: raw.requester,
    state: REQUEST_STATES[Number(raw.state)],
    modelId: raw.modelId,
    version: Number(raw.version),
    planIndex: Number(raw.planIndex),
    replicas: Number(raw.replicas),
    noiseIndex: Number(raw.noiseIndex),
    deadline: Number(raw.deadline),
    token: raw.token,
    payee: raw.payee,
    modelFee: raw.modelFee,
    nodeFee: raw.nodeFee,
    auditFee: raw.auditFee,
    binding: raw.binding,
    drawRound: Number(raw.drawRound),
    drawEpoch: Number(raw.drawEpoch),
    attempts: Number(raw.attempts),
    until: Number(raw.until),
    auditRound: Number(raw.auditRound),
    rejectCode: Number(raw.rejectCode),
    result:
      resultSize === 0
        ? undefined
        : { kind: Number(raw.resultKind) as 0 | 1, size: resultSize, digest: raw.resultDigest },
    duties: Array.from(duties as readonly { node: Hex; state: bigint; dueBy: bigint; bond: bigint }[], dutyFromChain),
  };
}

/** The hub's windows and rates. */
export async function getHubParameters(runner: ContractRunner, contracts: DeployedContracts): Promise<HubParameters> {
  const [parameters] = await call(runner, contracts, "hub", "parameters");
  const raw = parameters as Readonly<Record<keyof HubParameters, bigint>>;
  return {
    acceptWindow: Number(raw.acceptWindow),
    postWindow: Number(raw.postWindow),
    revealWindow: Number(raw.revealWindow),
    challengeWindow: Number(raw.challengeWindow),
    minimumTime: Number(raw.minimumTime),
    maximumTime: Number(raw.maximumTime),
    missPenaltyBps: Number(raw.missPenaltyBps),
    minorityPenaltyBps: Number(raw.minorityPenaltyBps),
    auditFeeBps: Number(raw.auditFeeBps),
    maximumAttempts: Number(raw.maximumAttempts),
    redrawFee: raw.redrawFee,
  };
}

function dutyFromChain(raw: { node: Hex; state: bigint; dueBy: bigint; bond: bigint }): Duty {
  return { node: raw.node, state: DUTY_STATES[Number(raw.state)], dueBy: Number(raw.dueBy), bond: raw.bond };
}
