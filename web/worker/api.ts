/** Everything the page can ask of the worker. */
import { getBalance } from "../../offchain/chain/balances.ts";
import { getModelVersion } from "../../offchain/chain/models.ts";
import { findRequestEvent } from "../../offchain/chain/request-events.ts";
import { getRequest } from "../../offchain/chain/requests.ts";
import type { TokenInfo } from "../../offchain/chain/tokens.ts";
import type { Hex, Quote, RefundReason } from "../../offchain/chain/types.ts";
import { backupReminder, takeBackup } from "../../offchain/client/backup.ts";
import { getModelCard, listModels, tokenInfoOf } from "../../offchain/client/catalogue.ts";
import type { DownloadEvent, LicensedPlan } from "../../offchain/client/download-model.ts";
import { noSuchPlan } from "../../offchain/client/errors.ts";
import { loadPlan } from "../../offchain/client/load-plan.ts";
import { ensureRecipientKey } from "../../offchain/client/recipient-key.ts";
import {
  cancel,
  possibleActions,
  refund,
  settle,
  withdrawAll,
  type RequestAction,
} from "../../offchain/client/request-actions.ts";
import { revokeKeys } from "../../offchain/client/revoke-keys.ts";
import type { ReadContext } from "../../offchain/client/types.ts";
import { complain, complaintStanding } from "../../offchain/client/withheld.ts";
import { HttpStore } from "../../offchain/storage/http-store.ts";
import { staircaseOf } from "../lib/plan-staircase.ts";
import type { RequestRow } from "../lib/request-row.ts";
import type { RunNews } from "../lib/run.ts";
import type { Settings } from "../lib/settings.ts";
import { ChainRoom } from "./chain-room.ts";
import { keySetRows } from "./key-set-rows.ts";
import { LicenceRoom, type LicensedQuestion } from "./licence-room.ts";
import type { CallContext, Methods } from "./protocol.ts";
import { Runs, type EncryptArgument } from "./runs.ts";
import type { RemoteWallet } from "./serve.ts";
import { VaultRoom } from "./vault-room.ts";
import { walletPort } from "./wallet-port.ts";

/** Largest object that is fetched to be looked at. */
const MAX_LOOKED_AT = 64 * 1024 * 1024;

/** What an account has of one token at the contracts. */
export interface TokenBalance {
  readonly token: Hex;
  /** In its smallest unit. */
  readonly amount: bigint;
  readonly info: TokenInfo | undefined;
}

/**
 * The methods of one worker.
 *
 * @param wallet the page's, for signing
 */
export function workerApi(wallet: RemoteWallet) {
  const room = new VaultRoom();
  const runs = new Runs();
  const licences = new LicenceRoom();
  let opened: ChainRoom | undefined;

  const chain = (): ChainRoom => {
    if (opened === undefined) throw new Error("the worker was asked before it was started");
    return opened;
  };
  /** The chain with the page's wallet, for what the account signs. */
  const signing = async () => ({ ...(await chain().reading()), wallet: await walletPort(wallet) });
  /** The same with the open vault. */
  const acting = async () => ({ ...(await signing()), vault: room.vault });

  return {
    start: (settings: Settings) => {
      opened = new ChainRoom(settings);
      return Promise.resolve();
    },

    vaultStatus: () => room.status(),
    createVault: (passphrase: string, context: CallContext<number>) => room.create(passphrase, context),
    unlockVault: (passphrase: string, context: CallContext<number>) => room.unlock(passphrase, context),
    restoreVault: (given: { readonly backup: Uint8Array; readonly passphrase: string }, context: CallContext<number>) =>
      room.restore(given.backup, given.passphrase, context),
    backupVault: () => takeBackup(room.vault),
    backupReminder: () => backupReminder(room.vault),
    lockVault: () => {
      licences.forget();
      room.lock();
      return Promise.resolve();
    },
    destroyVault: () => {
      licences.forget();
      return room.destroy();
    },

    models: async (_: undefined, { signal }: CallContext<never>) => listModels(await chain().reading(), { signal }),
    model: async (modelId: bigint, { signal }: CallContext<never>) =>
      getModelCard(await chain().reading(), modelId, signal),
    staircase: async (
      {
        modelId,
        version,
        planIndex,
      }: { readonly modelId: bigint; readonly version: number; readonly planIndex: number },
      { signal }: CallContext<never>,
    ) => {
      const { provider, deployment } = await chain().reading();
      const { plans } = await getModelVersion(provider, deployment.contracts, modelId, version);
      if (!Object.hasOwn(plans, planIndex)) throw noSuchPlan(modelId, version, planIndex);
      return staircaseOf(await loadPlan(plans[planIndex], { endpoints: chain().endpoints, signal }));
    },
    latestResult: async () => (await chain().latestResult()) ?? null,
    bytes: (root: Hex, { signal }: CallContext<never>) => {
      const known = runs.object(root);
      if (known !== undefined) return Promise.resolve(known);
      return new HttpStore({ endpoints: chain().endpoints }).get(root, { maxBytes: MAX_LOOKED_AT, signal });
    },

    encrypt: async (argument: EncryptArgument, context: CallContext<RunNews>) =>
      runs.encrypt(await acting(), argument, context),
    send: async (argument: { readonly handle: number; readonly price: Quote }, context: CallContext<RunNews>) =>
      runs.send(await acting(), argument, context),
    follow: async (requestId: bigint, context: CallContext<RunNews>) => {
      const reading = await chain().reading();
      return runs.follow({ ...reading, ...(room.isOpen && { vault: room.vault }) }, requestId, context);
    },
    /** Null while the transaction is not in a block. */
    requestMadeBy: async (transaction: Hex) => (await chain().requestMadeBy(transaction)) ?? null,

    licences: async (licensee: Hex, { signal }: CallContext<never>) =>
      licences.list(await chain().reading(), licensee, signal),
    /** The public half of the key that licences are sealed to, made when there is none. */
    recipientKey: async () => {
      const { publicKey, created } = await ensureRecipientKey(room.vault);
      return { point: publicKey.point, created };
    },
    askLicensed: async (question: LicensedQuestion, context: CallContext<DownloadEvent>) =>
      licences.ask({ ...(await chain().reading()), vault: room.vault }, question, context),
    licensedFile: async (plan: LicensedPlan, context: CallContext<DownloadEvent>) =>
      licences.file({ ...(await chain().reading()), vault: room.vault }, plan, context),

    keySets: async () => keySetRows(await room.vault.contents(), await chain().reading()),
    revokeKeySet: async (id: Hex) => revokeKeys(await signing(), id),

    requests: async (requester: Hex, { signal }: CallContext<never>): Promise<RequestRow[]> => {
      const context = await chain().reading();
      const { provider, deployment } = context;
      const asked = await chain().requestedBy(requester);
      const titles = new Map<bigint, Promise<string | undefined>>();
      const titleOf = (modelId: bigint): Promise<string | undefined> => {
        const known =
          titles.get(modelId) ?? getModelCard(context, modelId, signal).then(({ manifest }) => manifest?.title);
        titles.set(modelId, known);
        return known;
      };
      const head = await provider.getBlock("latest");
      const now = head?.timestamp ?? 0;
      return Promise.all(
        [...asked].reverse().map(async (event) => {
          const request = await getRequest(provider, deployment.contracts, event.requestId);
          return {
            request,
            title: await titleOf(event.binding.modelId),
            price: event.price,
            token: await tokenInfoOf(provider, event.price.token),
            askedAt: ((await provider.getBlock(event.blockNumber))?.timestamp ?? 0) * 1_000,
            actions: possibleActions(request, now, head?.number ?? 0),
            complaint: await complaintStanding(context, request, requester, now),
            refundReason: request.state === "refunded" ? await refundReasonOf(context, event) : undefined,
            now,
          };
        }),
      );
    },
    actOnRequest: async ({ requestId, action }: { readonly requestId: bigint; readonly action: RequestAction }) =>
      ({ settle, refund, cancel })[action](await signing(), requestId),
    /** Says that nobody serves a request's result; after the jury's verdict, fetches what comes back of the bond. */
    complain: async (requestId: bigint, { signal }: CallContext<never>) =>
      complain({ ...(await signing()), endpoints: chain().endpoints }, requestId, { signal }),
    /** What an account has at the contracts of some tokens; of those only where it has any. */
    balances: async ({ account, tokens }: { readonly account: Hex; readonly tokens: readonly Hex[] }) => {
      const { provider, deployment } = await chain().reading();
      const all = await Promise.all(
        tokens.map(async (token): Promise<TokenBalance> => {
          const amount = await getBalance(provider, deployment.contracts, token, account);
          return { token, amount, info: await tokenInfoOf(provider, token) };
        }),
      );
      return all.filter(({ amount }) => amount > 0n);
    },
    withdraw: async (token: Hex) => withdrawAll(await signing(), token),
  } satisfies Methods;
}

/** Why a request's money went back. */
async function refundReasonOf(
  { provider, deployment }: ReadContext,
  { requestId, blockNumber }: { readonly requestId: bigint; readonly blockNumber: number },
): Promise<RefundReason | undefined> {
  const event = await findRequestEvent(provider, deployment.contracts.hub, requestId, blockNumber, "refunded");
  return event?.reason;
}

export type WorkerApi = ReturnType<typeof workerApi>;
