/**
 * For the tests of contracts that ask for inferences: all contracts on a simulated chain, with a model, nodes that serve it and
 * a key set. The chain must know `evm_mine` and `evm_increaseTime` (Hardhat, Anvil).
 */
import type { Signer } from "ethers";

import { deployCloakwork } from "../../scripts/deploy/deploy-cloakwork.ts";
import { LOCAL_PARAMETERS } from "../../scripts/deploy/parameters.ts";
import { authoriseNode, joinModel } from "../chain/access.ts";
import { registerKeySet, setKeySetDelegate } from "../chain/keys.ts";
import { registerModel } from "../chain/models.ts";
import { registerNode } from "../chain/nodes.ts";
import { getQuote } from "../chain/requests.ts";
import { type Deployment, ETHER, type Hex, type Quote, type RequestParams, type Terms } from "../chain/types.ts";
import { blobRoot } from "../digest/merkle.ts";
import { increaseTime, timeOf } from "./simulated-chain.ts";

/** Who takes part. Every account needs ether. */
export interface MarketAccounts {
  readonly deployer: Signer;
  readonly owner: Signer;
  /** At least as many as the replicas that are asked for, and for disputes three more. */
  readonly nodes: readonly Signer[];
  /** Who holds the key set. */
  readonly user: Signer;
}

/** A deployment with one model that can be asked. */
export interface TestMarket extends MarketAccounts {
  readonly deployment: Deployment;
  readonly modelId: bigint;
  readonly keySetId: Hex;
  /** Lets a contract make requests with the user's key set. */
  readonly allow: (requester: Hex) => Promise<void>;
  /** What a request costs now. */
  readonly quote: (replicas?: number) => Promise<Quote>;
  /** What a request asks for: valid, with a deadline ten minutes ahead, unless changed. */
  readonly params: (over?: Partial<RequestParams>) => Promise<RequestParams>;
}

/** The generator of P-256 (FIPS 186-4, D.1.2.3): a key that is one, and nobody seals anything to. */
const ENCRYPTION_KEY: Hex =
  "0x046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
const STAKE = 10n ** 18n;

/**
 * Deploys everything and opens a market with one model.
 *
 * @param terms what the model charges; 3,000 wei to its owner and 5,000 to a node when omitted
 * @throws CloakworkError what the chain answers, decoded; ArtifactMissingError before the contracts are compiled
 */
export async function deployMarket(
  accounts: MarketAccounts,
  terms: Terms = { token: ETHER, modelFee: 3_000n, nodeFee: 5_000n },
): Promise<TestMarket> {
  const { deployer, owner, nodes, user } = accounts;
  const deployment = await deployCloakwork(deployer, { parameters: LOCAL_PARAMETERS });
  const { contracts } = deployment;
  const paramsDigest = named("parameters");
  const registered = await registerModel(owner, contracts, terms, {
    noiseRoot: named("noise"),
    manifestRoot: named("manifest"),
    manifestUri: "",
    plans: [
      {
        planDigest: named("plan"),
        weightsRoot: named("weights"),
        packageRoot: named("package"),
        paramsDigest,
        semantics: "seal-4.1",
        units: 1,
      },
    ],
  });
  const { modelId } = await registered.wait();
  for (const node of nodes) {
    const registration = { encryptionKey: ENCRYPTION_KEY, endpoint: "http://127.0.0.1", stake: STAKE };
    await (await registerNode(node, contracts, registration)).wait();
    const grant = { envelopeRoot: named("envelope"), envelopeUri: "" };
    await (await authoriseNode(owner, contracts, modelId, 1, (await node.getAddress()) as Hex, grant)).wait();
    await (await joinModel(node, contracts, modelId, 1, LOCAL_PARAMETERS.access.minimumBond)).wait();
  }
  const content = {
    salt: named("salt"),
    paramsDigest,
    packs: [{ blobRoot: named("pack"), residuesRoot: named("pack residues"), size: 1 }],
    compactPublicKeyRoot: named("compact public key"),
    uri: "",
  };
  const { keySetId } = await (await registerKeySet(user, contracts, content)).wait();
  await increaseTime(deployer, LOCAL_PARAMETERS.access.epochLength);
  const quote = (replicas = 1): Promise<Quote> => getQuote(user, contracts, modelId, 1, 0, replicas);
  return {
    ...accounts,
    deployment,
    modelId,
    keySetId,
    quote,
    allow: async (requester) => {
      await (await setKeySetDelegate(user, contracts, keySetId, requester, true)).wait();
    },
    params: async (over = {}) => ({
      modelId,
      version: 1,
      planIndex: 0,
      replicas: 1,
      keySetId,
      input: { blobRoot: named("input"), residuesRoot: named("input residues"), size: 1, uri: "" },
      token: terms.token,
      maxFee: (await quote(over.replicas)).total,
      deadline: (await timeOf(deployer)) + 600,
      ...over,
    }),
  };
}

function named(label: string): Hex {
  return blobRoot(new TextEncoder().encode(label));
}
