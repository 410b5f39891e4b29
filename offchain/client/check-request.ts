/** Everything that can stop a request, looked at before anything is made, sent or paid. */
import { ETHER, type ModelVersion, type PlanRef, type Quote } from "../chain/types.ts";
import { getModel, getModelVersion } from "../chain/models.ts";
import { getQuote } from "../chain/requests.ts";
import { servingNodes } from "./catalogue.ts";
import { endpointsOf } from "./endpoints.ts";
import { modelNotActive, noNodes, noSuchPlan, priceChanged, tokenNotTaken, tooLittleMoney } from "./errors.ts";
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
 * @throws ClientError `MODEL_NOT_ACTIVE`, `NO_SUCH_PLAN`, `PRICE_CHANGED`, `TOKEN_NOT_TAKEN`, `TOO_LITTLE_MONEY`, `NO_NODES`; ContractError; ChainError
 */
export async function checkRequest(
  context: ClientContext,
  { modelId, version, planIndex, price }: Omit<InferenceRequestInput, "values">,
): Promise<Requestable> {
  const { provider, deployment, wallet } = context;
  const { contracts } = deployment;
  const model = await getModel(provider, contracts, modelId);
  if (model.status !== "active") throw modelNotActive(modelId, model.status);
  const record = await getModelVersion(provider, contracts, modelId, version);
  if (!Object.hasOwn(record.plans, planIndex)) throw noSuchPlan(modelId, version, planIndex);
  await checkPrice(context, { modelId, version, planIndex, price });
  const balance = await provider.getBalance(wallet.address);
  if (balance <= price.total) throw tooLittleMoney(wallet.address, balance, price.total);
  const nodes = await servingNodes(context, modelId, version);
  if (nodes.length === 0) throw noNodes(modelId, version);
  const endpoints = endpointsOf(context, [...nodes.map(({ endpoint }) => endpoint), record.manifestUri]);
  return { version: record, plan: record.plans[planIndex], endpoints };
}

/**
 * Compares the price now with the one agreed to.
 *
 * @throws ClientError `PRICE_CHANGED`, `TOKEN_NOT_TAKEN`
 */
export async function checkPrice(
  { provider, deployment }: Pick<ClientContext, "provider" | "deployment">,
  { modelId, version, planIndex, price }: Omit<InferenceRequestInput, "values">,
): Promise<void> {
  if (price.token !== ETHER) throw tokenNotTaken(price.token);
  const now: Quote = await getQuote(provider, deployment.contracts, modelId, version, planIndex);
  if (now.token !== price.token || now.total !== price.total) throw priceChanged(price, now);
}
