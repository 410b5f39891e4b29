/** What models there are, as people see them before they pay. Whatever part cannot be had, the model is shown, and the part says why. */
import { getServingNodes } from "../chain/access.ts";
import { getModel, getModelCount, getModelVersion } from "../chain/models.ts";
import { canServe, getNode } from "../chain/nodes.ts";
import { getQuote } from "../chain/requests.ts";
import { getTokenInfo, type TokenInfo } from "../chain/tokens.ts";
import { ETHER, type Hex, type Model, type ModelVersion, type Quote } from "../chain/types.ts";
import { CloakworkError } from "../errors.ts";
import { bytes32 } from "../digest/hex.ts";
import { checkManifest, decodeManifest, MAX_MANIFEST_BYTES, type Manifest } from "../sealing/manifest.ts";
import { endpointsOf, storeAt } from "./endpoints.ts";
import type { CardProblem, ModelCard, ReadContext, ServingNodeCard } from "./types.ts";

/** Models asked for at the same time. */
const AT_ONCE = 6;

export interface CatalogueOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with each card as it is there, in any order. */
  readonly onCard?: ((card: ModelCard) => void) | undefined;
}

/**
 * All models, in order of their ids.
 *
 * @throws CloakworkError when the chain cannot be asked how many there are; what goes wrong with one model is in its card
 */
export async function listModels(
  context: ReadContext,
  { signal, onCard }: CatalogueOptions = {},
): Promise<readonly ModelCard[]> {
  const count = Number(await getModelCount(context.provider, context.deployment.contracts));
  const cards = new Array<ModelCard>(count);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      signal?.throwIfAborted();
      const index = next++;
      cards[index] = await getModelCard(context, BigInt(index + 1), signal);
      onCard?.(cards[index]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, work));
  return cards;
}

/**
 * One model with its newest version.
 *
 * @throws only the signal's reason
 */
export async function getModelCard(context: ReadContext, modelId: bigint, signal?: AbortSignal): Promise<ModelCard> {
  const problems: CardProblem[] = [];
  const attempt = async <T>(part: CardProblem["part"], work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof CloakworkError)) throw error;
      problems.push({ part, code: error.code, message: error.message, next: error.next });
      return undefined;
    }
  };
  const { provider, deployment } = context;
  const { contracts } = deployment;
  const model = await attempt("model", () => getModel(provider, contracts, modelId));
  const version =
    model && (await attempt("version", () => getModelVersion(provider, contracts, modelId, model.versions)));
  const nodes =
    version && (await attempt("nodes", () => servingNodes(context, modelId, version.version, model.terms.token)));
  const [manifest, prices] = await Promise.all([
    version && attempt("manifest", () => fetchManifest(context, version, nodes ?? [], signal)),
    model?.status === "active" && version ? attempt("price", () => quotes(context, model, version)) : undefined,
  ]);
  const token = prices && (await tokenInfoOf(context.provider, prices[0].token));
  return { modelId, model, version, manifest, prices, token, nodes, problems };
}

/**
 * The nodes that serve a version now, with where they serve blobs.
 *
 * @param token that a request would be paid in
 */
export async function servingNodes(
  { provider, deployment }: Pick<ReadContext, "provider" | "deployment">,
  modelId: bigint,
  version: number,
  token: Hex = ETHER,
): Promise<readonly ServingNodeCard[]> {
  const serving = await getServingNodes(provider, deployment.contracts, modelId, version);
  return Promise.all(
    serving.map(async ({ node, bond }) => {
      const [info, canTake] = await Promise.all([
        getNode(provider, deployment.contracts, node),
        canServe(provider, deployment.contracts, node, modelId, bond, token),
      ]);
      return { node, bond, endpoint: info?.endpoint ?? "", canTake };
    }),
  );
}

/**
 * The manifest of a version, checked against the chain.
 *
 * @throws ManifestError, CanonicalJsonError, StorageError, BlobUnavailableError, ClientError `NO_ENDPOINT`
 */
export async function fetchManifest(
  context: Pick<ReadContext, "endpoints" | "deployment">,
  version: ModelVersion,
  nodes: readonly ServingNodeCard[],
  signal?: AbortSignal,
): Promise<Manifest> {
  const endpoints = endpointsOf(context, [version.manifestUri, ...nodes.map(({ endpoint }) => endpoint)]);
  const bytes = await storeAt(endpoints, "the model's manifest").get(bytes32(version.manifestRoot), {
    maxBytes: MAX_MANIFEST_BYTES,
    ...(signal && { signal }),
  });
  const manifest = decodeManifest(bytes);
  checkManifest(manifest, version);
  return manifest;
}

/** What a token calls itself; undefined for ether, and for a token that does not answer, which can be named by its address. */
export async function tokenInfoOf(provider: ReadContext["provider"], token: Hex): Promise<TokenInfo | undefined> {
  if (token === ETHER) return undefined;
  return getTokenInfo(provider, token).catch(() => undefined);
}

async function quotes(
  { provider, deployment }: ReadContext,
  { modelId }: Model,
  { version, plans }: ModelVersion,
): Promise<readonly Quote[]> {
  return Promise.all(plans.map((_, index) => getQuote(provider, deployment.contracts, modelId, version, index)));
}
