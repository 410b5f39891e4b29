/** Pays for a request so that it is never lost: in the vault before the wallet is asked, its hash as soon as there is one. */
import { CloakworkError } from "../errors.ts";
import { ContractError } from "../chain/contract-errors.ts";
import { getHubParameters, requestInference, requestWithPermit } from "../chain/requests.ts";
import { approveToken, getAllowance, type Permit, signPermit } from "../chain/tokens.ts";
import { ETHER, type Hex, type Quote, type RequestParams } from "../chain/types.ts";
import { patienceOf } from "./deadline.ts";
import type { ClientContext, InferenceRequestInput } from "./types.ts";
import type { StoredRequest } from "./vault/contents.ts";
import { forgetRequest } from "./vault-requests.ts";
import { WalletSigner } from "./wallet-signer.ts";

/** What wallets and chains answer when a transaction was certainly not sent. */
const NOT_SENT: ReadonlySet<string> = new Set([
  "WALLET_REJECTED",
  "WALLET_LOCKED",
  "WALLET_BUSY",
  "WRONG_CHAIN",
  "INSUFFICIENT_FUNDS",
]);

export interface PayOptions {
  /** Told before the wallet is asked to let the hub take the price in a token, by a signature or a transaction of its own. */
  readonly onApprove?: () => void;
  /** Told the transaction's hash once it is sent. */
  readonly onSent?: (hash: Hex) => void;
}

/**
 * Asks the wallet to pay.
 *
 * @param asked the request as the vault shall remember it
 * @param input what is asked for, its ciphertext stored where `reference` says
 * @returns the request as the vault remembers it now, with its transaction where it is known
 * @throws ClientError, ContractError, ChainError; when nothing was sent, the vault forgets the request again
 */
export async function payRequest(
  { vault, wallet, provider, deployment }: ClientContext,
  asked: StoredRequest,
  input: Omit<InferenceRequestInput, "values">,
  reference: RequestParams["input"],
  { onApprove, onSent }: PayOptions = {},
): Promise<StoredRequest> {
  const { contracts, chainId } = deployment;
  const { price, replicas = 1 } = input;
  const [parameters, head] = await Promise.all([getHubParameters(provider, contracts), provider.getBlock("latest")]);
  const now = head?.timestamp ?? Math.floor(Date.now() / 1000);
  const params: RequestParams = {
    modelId: input.modelId,
    version: input.version,
    planIndex: input.planIndex,
    replicas,
    keySetId: asked.keySetId,
    input: reference,
    token: price.token,
    maxFee: price.total,
    deadline: now + patienceOf(parameters, replicas, input.patience),
  };
  const permit = await allow({ wallet, provider, deployment }, price, BigInt(params.deadline), onApprove);
  let stored: StoredRequest = { ...asked, fromBlock: head?.number ?? deployment.fromBlock };
  await vault.putRequest(stored);
  let wasAsked = false;
  const signer = new WalletSigner(wallet, provider, {
    chainId,
    onAsk: () => {
      wasAsked = true;
    },
    onSent: async (hash) => {
      stored = { ...stored, transaction: hash.toLowerCase() as Hex };
      await vault.putRequest(stored);
      onSent?.(hash);
    },
  });
  try {
    await (permit
      ? requestWithPermit(signer, contracts, params, permit)
      : requestInference(signer, contracts, params, price));
  } catch (error) {
    // With a hash it was sent, whatever was lost after that.
    if (stored.transaction !== undefined) return stored;
    if (!wasAsked || isNotSent(error)) await forgetRequest(vault, stored);
    throw error;
  }
  return stored;
}

/**
 * Lets the hub take exactly the price, where that is in a token and not allowed already.
 *
 * @returns the permit to send along, where the token takes one
 */
async function allow(
  { wallet, provider, deployment }: Pick<ClientContext, "wallet" | "provider" | "deployment">,
  { token, total }: Quote,
  deadline: bigint,
  onApprove?: () => void,
): Promise<Permit | undefined> {
  if (token === ETHER) return undefined;
  const { hub } = deployment.contracts;
  const allowed = await getAllowance(provider, token, wallet.address, hub);
  if (allowed >= total) return undefined;
  onApprove?.();
  const signer = new WalletSigner(wallet, provider, { chainId: deployment.chainId });
  const permit = await signPermit(signer, token, hub, total, deadline);
  if (permit) return permit;
  // Some tokens refuse to change one allowance into another.
  if (allowed > 0n) await approveToken(signer, token, hub, 0n);
  await approveToken(signer, token, hub, total);
  return undefined;
}

function isNotSent(error: unknown): boolean {
  return error instanceof ContractError || (error instanceof CloakworkError && NOT_SENT.has(error.code));
}
