/** Requests as a program of somebody else's would make them: nothing checked here, whatever bytes. */
import { setTimeout as sleep } from "node:timers/promises";

import { Wallet } from "ethers";

import { getModelVersion } from "../../offchain/chain/models.ts";
import { getHubParameters, getRequest, requestInference } from "../../offchain/chain/requests.ts";
import type { Hex, InferenceRequest, RequestState } from "../../offchain/chain/types.ts";
import { ensureKeys } from "../../offchain/client/ensure-keys.ts";
import { loadPlan } from "../../offchain/client/load-plan.ts";
import type { Bytes32 } from "../../offchain/digest/hex.ts";
import { blobRoot } from "../../offchain/digest/merkle.ts";
import type { CheckedPlan } from "../../offchain/fhe/plan/typecheck.ts";
import { HttpStore } from "../../offchain/storage/http-store.ts";
import { price, sharedContext, sharedNetwork } from "./shared-network.ts";

export interface RawRequest {
  readonly bytes: Uint8Array;
  readonly residuesRoot: Bytes32;
  readonly keySetId: Hex;
  /** Uploaded to the node; true when omitted. */
  readonly upload?: boolean;
  /** Seconds until the deadline. */
  readonly patience?: number;
}

/** @returns the request's id, once it is mined */
export async function rawRequest({
  bytes,
  residuesRoot,
  keySetId,
  upload = true,
  patience = 600,
}: RawRequest): Promise<bigint> {
  const { provider, deployment, accounts, published, node } = await sharedNetwork();
  const endpoint = node().address;
  if (upload) await new HttpStore({ endpoints: [endpoint] }).put(bytes);
  const { minimumTime } = await getHubParameters(provider, deployment.contracts);
  const latest = await provider.getBlock("latest");
  const quote = await price();
  const sent = await requestInference(
    new Wallet(accounts.users[0].privateKey, provider),
    deployment.contracts,
    {
      modelId: published.modelId,
      version: published.version,
      planIndex: 0,
      replicas: 1,
      keySetId,
      input: { blobRoot: blobRoot(bytes), residuesRoot, size: bytes.length, uri: endpoint },
      token: quote.token,
      maxFee: quote.total,
      deadline: latest!.timestamp + Math.max(patience, minimumTime + 5),
    },
    quote,
  );
  return (await sent.wait()).requestId;
}

/** Waits until a request is in one of the states. */
export async function untilState(
  requestId: bigint,
  states: readonly RequestState[],
  seconds = 90,
): Promise<InferenceRequest> {
  const { provider, deployment } = await sharedNetwork();
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const request = await getRequest(provider, deployment.contracts, requestId);
    if (states.includes(request.state)) return request;
    if (Date.now() > deadline)
      throw new Error(`request ${requestId} is ${request.state} after ${seconds} s, not ${states.join(" or ")}`);
    await sleep(200);
  }
}

/** The published plan, checked. */
export async function sharedPlan(): Promise<CheckedPlan> {
  const { provider, deployment, published, node } = await sharedNetwork();
  const { plans } = await getModelVersion(provider, deployment.contracts, published.modelId, published.version);
  return await loadPlan(plans[0], { endpoints: [node().address], signal: undefined });
}

/** The first user's key set for the published plan, made by whoever asks first. */
export async function sharedKeySet(): Promise<Hex> {
  const { node } = await sharedNetwork();
  const { plan } = await sharedPlan();
  return (await ensureKeys(await sharedContext(), plan, { endpoints: [node().address] })).keySetId;
}
