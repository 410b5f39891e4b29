/** Everything that can stop a request, looked at before anything is made, sent or paid. */
import { ETHER, type ModelVersion, type PlanRef, type Quote } from "../chain/types.ts";
import { getModel, getModelVersion } from "../chain/models.ts";
import { getQuote } from "../chain/requests.ts";
import { getTokenBalance } from "../chain/tokens.ts";
import { servingNodes } from "./catalogue.ts";
import { endpointsOf } from "./endpoints.ts";
import {
  modelNotActive,
  noNodes,
  noSuchPlan,
  priceChanged,
  tooFewNodes,
  tooFewTokens,
  tooLittleMoney,
} from "./errors.ts";
import type { ClientContext, InferenceRequestInput } from "./types.ts";

/** A request that could be made a moment ago. */
export interface Requestable {
  readonly version: ModelVersion;
  readonly plan: PlanRef;
  /** Base URLs of stores that know the model or will answer for it. */
  readonly endpoints: readonly string[];
}

/**
 * Checks model, plan, price, nodes and money against the chain.
 *
 * @throws ClientError `MODEL_NOT_ACTIVE`, `NO_SUCH_PLAN`, `PRICE_CHANGED`, `TOO_LITTLE_MONEY`, `TOO_FEW_TOKENS`, `NO_NODES`, `TOO_FEW_NODES`;
 *   ContractError; ChainError
 */
export async function checkRequest(
  context: ClientContext,
  { modelId, version, planIndex, price, replicas = 1 }: Omit<InferenceRequestInput, "values">,
): Promise<Requestable> {
  const { provider, deployment } = context;
  const { contracts } = deployment;
  const model = await getModel(provider, contracts, modelId);
  if (model.status !== "active") throw modelNotActive(modelId, model.status);
  const record = await getModelVersion(provider, contracts, modelId, version);
  if (!Object.hasOwn(record.plans, planIndex)) throw noSuchPlan(modelId, version, planIndex);
  await checkPrice(context, { modelId, version, planIndex, price, replicas });
  await checkMoney(context, price);
  const nodes = await servingNodes(context, modelId, version, price.token);
  const takers = nodes.filter(({ canTake }) => canTake).length;
  if (takers === 0) throw noNodes(modelId, version, nodes.length);
  // With more than half of them the request could go on, and end without a majority at the first that fails.
  if (takers < replicas) throw tooFewNodes(takers, replicas);
  const endpoints = endpointsOf(context, [...nodes.map(({ endpoint }) => endpoint), record.manifestUri]);
  return { version: record, plan: record.plans[planIndex], endpoints };
}

/**
 * Compares the price now with the one agreed to.
 *
 * @throws ClientError `PRICE_CHANGED`
 */
export async function checkPrice(
  { provider, deployment }: Pick<ClientContext, "provider" | "deployment">,
  { modelId, version, planIndex, price, replicas = 1 }: Omit<InferenceRequestInput, "values">,
): Promise<void> {
  const now: Quote = await getQuote(provider, deployment.contracts, modelId, version, planIndex, replicas);
  if (now.token !== price.token || now.total !== price.total) throw priceChanged(price, now);
}

/** Ether for the price and gas, or tokens for the price and ether for gas. */
async function checkMoney({ provider, wallet }: ClientContext, { token, total }: Quote): Promise<void> {
  const { address } = wallet;
  const ether = await provider.getBalance(address);
  if (token === ETHER) {
    if (ether <= total) throw tooLittleMoney(address, ether, total);
    return;
  }
  if (ether === 0n) throw tooLittleMoney(address, ether, 0n);
  const tokens = await getTokenBalance(provider, token, address);
  if (tokens < total) throw tooFewTokens(address, token, tokens, total);
}
