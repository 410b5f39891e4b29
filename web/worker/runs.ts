/** Requests as the page carries them: encrypted first and looked at, then sent and paid, then followed; a person decides between them. */
import { findRequestEvent, getRequestEvents } from "../../offchain/chain/request-events.ts";
import { getRequest } from "../../offchain/chain/requests.ts";
import type { Hex, Quote } from "../../offchain/chain/types.ts";
import { requestNotSent, requestReverted } from "../../offchain/client/errors.ts";
import { followRequest, pollInterval, postedResult } from "../../offchain/client/follow-request.ts";
import { locateRequest, type Location } from "../../offchain/client/locate-request.ts";
import { prepareInference, type PreparedInference } from "../../offchain/client/prepare-inference.ts";
import { resumeRequest } from "../../offchain/client/resume.ts";
import { sendInference } from "../../offchain/client/send-inference.ts";
import { stepTeller, type StepTeller } from "../../offchain/client/steps.ts";
import type { Answer, ClientContext, ReadContext, Replicas, TimelineEvent } from "../../offchain/client/types.ts";
import { findRequest } from "../../offchain/client/vault-requests.ts";
import type { StoredRequest } from "../../offchain/client/vault/contents.ts";
import { wait } from "../../offchain/client/wait.ts";
import { bytes32, fromHex } from "../../offchain/digest/hex.ts";
import { blobRoot } from "../../offchain/digest/merkle.ts";
import { CloakworkError } from "../../offchain/errors.ts";
import type { Manifest } from "../../offchain/sealing/manifest.ts";
import { HttpStore } from "../../offchain/storage/http-store.ts";
import type { Crossing, RunNews } from "../lib/run.ts";
import { tileSample } from "../lib/tile.ts";
import type { CallContext } from "./protocol.ts";

/** What to encrypt, and for which model at which price. */
export interface EncryptArgument {
  readonly modelId: bigint;
  readonly version: number;
  readonly planIndex: number;
  readonly replicas: Replicas;
  readonly values: Float32Array;
  readonly price: Quote;
  /** What the person was shown of the model. */
  readonly stated: Manifest;
}

/** How following ended. `locked`: the answer is there, and the vault to open it with is not. */
export interface Followed {
  readonly locked: boolean;
  readonly answer: Answer | undefined;
  /** One an input; of a batch all. */
  readonly answers: readonly Answer[];
}

/** Largest input that is fetched without being asked for, bytes. */
const MOST_LOOKED_AT = 4 * 1024 * 1024;

/** Longest pause between two looks while the chain cannot be reached, milliseconds. */
const LONGEST_PAUSE = 30_000;

/** How long a transaction nobody knows may take to show up, milliseconds. */
const LOST_AFTER = 30_000;

export class Runs {
  readonly #prepared = new Map<number, PreparedInference>();
  /** Objects of this session by blob root, so that looking at them costs no transfer. */
  readonly #objects = new Map<Hex, Uint8Array>();
  #handles = 0;

  /** An object of this session. */
  object(digest: Hex): Uint8Array | undefined {
    return this.#objects.get(digest);
  }

  /**
   * Makes keys where they are missing, and encrypts. Of the input nothing leaves.
   *
   * @returns a handle for `send`, and which keys compute on it
   */
  async encrypt(
    context: ClientContext,
    { values, ...asked }: EncryptArgument,
    { signal, progress }: CallContext<RunNews>,
  ): Promise<{ readonly handle: number; readonly keySetId: Hex }> {
    const input = { ...asked, values: Float64Array.from(values) };
    const prepared = await prepareInference(context, input, {
      signal,
      onEvent: (event) => {
        progress({ type: "event", event });
      },
      onKeys: (keys) => {
        progress({ type: "keys", progress: keys });
      },
      onKeysUploaded: (bytes) => {
        progress({ type: "crossing", crossing: this.#crossing("keys", "Keys that compute but cannot open", bytes) });
      },
    });
    progress({
      type: "crossing",
      crossing: this.#crossing("encrypt", "Your input, encrypted", prepared.encrypted.bytes),
    });
    const handle = ++this.#handles;
    this.#prepared.clear();
    this.#prepared.set(handle, prepared);
    return { handle, keySetId: prepared.keySetId };
  }

  /**
   * Uploads the ciphertext and asks the wallet to pay.
   *
   * @param price what the person agreed to
   * @returns the request's id, once its transaction is in a block
   */
  async send(
    context: ClientContext,
    { handle, price }: { readonly handle: number; readonly price: Quote },
    { signal, progress }: CallContext<RunNews>,
  ): Promise<{ readonly requestId: bigint }> {
    const prepared = this.#prepared.get(handle);
    if (prepared === undefined) throw requestNotSent();
    const onEvent = (event: TimelineEvent): void => {
      progress({ type: "event", event });
      if (event.step === "upload" && event.state === "done") {
        const crossing = this.#crossing("upload", "Your input, encrypted", prepared.encrypted.bytes);
        progress({ type: "crossing", crossing });
      }
    };
    const stored = await sendInference(
      context,
      { ...prepared, asked: { ...prepared.asked, price } },
      { signal, onEvent },
    );
    this.#prepared.delete(handle);
    const teller = stepTeller(onEvent, signal);
    return teller.during("pay", async () => ({ requestId: await mined(context, stored, teller, signal) }));
  }

  /**
   * Follows a request to its result and opens it.
   *
   * @param context without a vault when it is locked: then the result is waited for and stays closed
   */
  async follow(
    context: ReadContext & Partial<Pick<ClientContext, "vault">>,
    requestId: bigint,
    { signal, progress }: CallContext<RunNews>,
  ): Promise<Followed> {
    const { provider, deployment, vault } = context;
    const onEvent = (event: TimelineEvent): void => {
      progress({ type: "event", event });
      if (event.step === "posted" && event.state === "done")
        posted = this.#result(context, requestId).then((crossing) => {
          if (crossing) progress({ type: "crossing", crossing });
        });
    };
    let posted: Promise<void> | undefined;
    void this.#input(context, requestId, signal).then((crossing) => {
      if (crossing) progress({ type: "crossing", crossing });
    });
    if (vault === undefined) {
      await followRequest(context, requestId, deployment.fromBlock, { signal, onEvent });
      await posted;
      return { locked: true, answer: undefined, answers: [] };
    }
    const { requester } = await getRequest(provider, deployment.contracts, requestId);
    const stored = await findRequest({ ...context, vault }, requestId);
    // Opening signs nothing: the account is named, and no wallet is needed.
    const wallet = {
      address: requester,
      chainId: () => Promise.resolve(deployment.chainId),
      sendTransaction: () => Promise.reject(new TypeError("following a request sends nothing")),
      signTypedData: () => Promise.reject(new TypeError("following a request signs nothing")),
    };
    const { answer, answers } = await resumeRequest({ ...context, vault, wallet }, stored, {
      signal,
      onEvent,
      settle: false,
    });
    await posted;
    return { locked: false, answer, answers };
  }

  /** The input as the network holds it, for a look; nothing when it cannot be had or this page has it from sending it. */
  async #input(context: ReadContext, requestId: bigint, signal: AbortSignal): Promise<Crossing | undefined> {
    try {
      const { contracts, fromBlock } = context.deployment;
      const event = await findRequestEvent(context.provider, contracts.hub, requestId, fromBlock, "requested");
      if (event === undefined || this.#objects.has(event.binding.inputBlobRoot)) return undefined;
      const { inputBlobRoot, inputSize } = event.binding;
      const store = new HttpStore({ endpoints: context.endpoints, attempts: 1 });
      const bytes = await store.get(bytes32(inputBlobRoot), { maxBytes: Math.min(inputSize, MOST_LOOKED_AT), signal });
      return this.#crossing("upload", "Your input, encrypted", bytes);
    } catch {
      return undefined;
    }
  }

  async #result({ provider, deployment }: ReadContext, requestId: bigint): Promise<Crossing | undefined> {
    const { contracts, fromBlock } = deployment;
    const events = await getRequestEvents(provider, contracts.hub, requestId, fromBlock);
    const event = events.findLast((found) => found.type === "posted");
    if (event === undefined || event.result.kind !== 0) return undefined;
    return this.#crossing("posted", "The answer, encrypted", fromHex(postedResult(event, events).data));
  }

  #crossing(step: Crossing["step"], name: string, bytes: Uint8Array): Crossing {
    const digest = blobRoot(bytes);
    this.#objects.set(digest, bytes);
    return { step, name, size: bytes.length, sample: tileSample(bytes), digest };
  }
}

/** Waits for a request's transaction, over lost connections: it was sent, and must not be taken for one that was not. */
async function mined(
  context: ClientContext,
  stored: StoredRequest,
  { tell }: StepTeller,
  signal: AbortSignal,
): Promise<bigint> {
  const sent = stored.transaction === undefined ? {} : { hash: stored.transaction };
  for (let missingSince: number | undefined, lost = 0; ;) {
    let location: Location;
    try {
      location = await locateRequest(context, stored, context.wallet.address);
    } catch (error) {
      if (!(error instanceof CloakworkError) || error.code !== "RPC_UNREACHABLE") throw error;
      lost++;
      tell("pay", "active", "Sent. The chain cannot be reached; trying again. Nothing is lost.", sent);
      await wait(Math.min(LONGEST_PAUSE, pollInterval(context.deployment.chainId) * 2 ** Math.min(lost, 10)), signal);
      continue;
    }
    if (lost > 0) tell("pay", "active", "Sent; waiting for the next block.", sent);
    lost = 0;
    if (location.state === "mined") {
      const { requestId } = location.event;
      await context.vault.putRequest({ ...stored, requestId: requestId.toString() });
      return requestId;
    }
    if (location.state === "reverted") throw requestReverted(location.hash);
    if (location.state === "missing") {
      missingSince ??= Date.now();
      if (Date.now() - missingSince > LOST_AFTER) throw requestNotSent();
    }
    await wait(pollInterval(context.deployment.chainId), signal);
  }
}
