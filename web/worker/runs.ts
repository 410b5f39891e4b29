/**
 * Requests as the page carries them: encrypted first and looked at, then sent and paid, then followed. The halves of `infer`, so that a person
 * decides between them.
 */
import { findRequestEvent } from "../../offchain/chain/request-events.ts";
import { getRequest } from "../../offchain/chain/requests.ts";
import type { Hex, Quote } from "../../offchain/chain/types.ts";
import { checkPrice, checkRequest } from "../../offchain/client/check-request.ts";
import { encryptSlots, inputSlots, type EncryptedInput } from "../../offchain/client/encrypt-input.ts";
import { ensureKeys } from "../../offchain/client/ensure-keys.ts";
import { requestNotSent, requestReverted } from "../../offchain/client/errors.ts";
import { followRequest, pollInterval } from "../../offchain/client/follow-request.ts";
import { loadPlan } from "../../offchain/client/load-plan.ts";
import { locateRequest } from "../../offchain/client/locate-request.ts";
import { payRequest } from "../../offchain/client/pay-request.ts";
import { onlyOutput } from "../../offchain/client/plan-ends.ts";
import { resumeRequest } from "../../offchain/client/resume.ts";
import { stepTeller } from "../../offchain/client/steps.ts";
import type { Answer, ClientContext, ReadContext, TimelineEvent } from "../../offchain/client/types.ts";
import { uploadBlob } from "../../offchain/client/upload-blob.ts";
import { findRequest } from "../../offchain/client/vault-requests.ts";
import type { StoredRequest } from "../../offchain/client/vault/contents.ts";
import { wait } from "../../offchain/client/wait.ts";
import { bytes32, fromHex, type Bytes32 } from "../../offchain/digest/hex.ts";
import { blobRoot } from "../../offchain/digest/merkle.ts";
import type { CheckedPlan } from "../../offchain/fhe/plan/typecheck.ts";
import type { Crossing, RunNews } from "../lib/run.ts";
import { tileSample } from "../lib/tile.ts";
import type { CallContext } from "./protocol.ts";

/** What to encrypt, and for which model at which price. */
export interface EncryptArgument {
  readonly modelId: bigint;
  readonly version: number;
  readonly planIndex: number;
  readonly values: Float32Array;
  readonly price: Quote;
}

/** A ciphertext that has not left yet, with what sending it needs. */
interface Prepared {
  readonly argument: EncryptArgument;
  readonly planDigest: Bytes32;
  readonly endpoints: readonly string[];
  readonly keySetId: Bytes32;
  readonly encrypted: EncryptedInput;
  readonly plan: CheckedPlan;
}

/** How following ended. `locked`: the answer is there, and the vault to open it with is not. */
export interface Followed {
  readonly locked: boolean;
  readonly answer: Answer | undefined;
}

/** How long a transaction nobody knows may take to show up, milliseconds. */
const LOST_AFTER = 30_000;

export class Runs {
  readonly #prepared = new Map<number, Prepared>();
  /** Objects of this session by blob root, so that looking at them costs no transfer. */
  readonly #objects = new Map<Hex, Uint8Array>();
  #handles = 0;

  /** An object of this session. */
  object(digest: Hex): Uint8Array | undefined {
    return this.#objects.get(digest);
  }

  /**
   * Checks all that can be refused without cost, makes keys where they are missing, and encrypts. Of the input nothing leaves.
   *
   * @returns a handle for `send`, and which keys compute on it
   */
  async encrypt(
    context: ClientContext,
    argument: EncryptArgument,
    { signal, progress }: CallContext<RunNews>,
  ): Promise<{ readonly handle: number; readonly keySetId: Hex }> {
    const input = { ...argument, values: Float64Array.from(argument.values) };
    const { endpoints, plan: reference } = await checkRequest(context, input);
    const plan = await loadPlan(reference, { endpoints, signal });
    onlyOutput(plan);
    const slots = inputSlots(plan, input.values);
    const { keySetId } = await ensureKeys(context, plan.plan, {
      endpoints,
      signal,
      onProgress: (keys) => {
        progress({ type: "keys", progress: keys });
      },
      onUploaded: (bytes) => {
        progress({ type: "crossing", crossing: this.#crossing("keys", "Keys that compute but cannot open", bytes) });
      },
    });
    signal.throwIfAborted();
    const steps = stepTeller((event) => {
      progress({ type: "event", event });
    }, signal);
    steps.tell("encrypt", "active", "Encrypting on this device.");
    const encrypted = await steps.during("encrypt", () => encryptSlots(context.vault, keySetId, plan, slots));
    const bytes = encrypted.bytes.length;
    steps.tell("encrypt", "done", "The ciphertext is still on this device.", { bytes });
    progress({ type: "crossing", crossing: this.#crossing("encrypt", "Your input, encrypted", encrypted.bytes) });
    const handle = ++this.#handles;
    const planDigest = bytes32(reference.planDigest);
    this.#prepared.clear();
    this.#prepared.set(handle, { argument, planDigest, endpoints, keySetId, encrypted, plan });
    return { handle, keySetId };
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
    const { argument, planDigest, endpoints, keySetId, encrypted } = prepared;
    const input = { ...argument, price, values: [] };
    const bytes = encrypted.bytes.length;
    const steps = stepTeller((event) => {
      progress({ type: "event", event });
    }, signal);

    steps.tell("upload", "active", "Uploading the encrypted input.", { bytes, progress: 0 });
    const uploaded = await steps.during("upload", () =>
      uploadBlob(endpoints, encrypted.bytes, {
        what: "the encrypted input",
        signal,
        onProgress: (done, total) => {
          steps.tell("upload", "active", "Uploading the encrypted input.", { bytes, progress: done / total });
        },
      }),
    );
    const [endpoint] = uploaded.endpoints;
    steps.tell("upload", "done", `Held by ${new URL(endpoint).host}.`, { bytes, endpoint, digest: uploaded.root });
    progress({ type: "crossing", crossing: this.#crossing("upload", "Your input, encrypted", encrypted.bytes) });

    signal.throwIfAborted();
    steps.tell("pay", "active", "Confirm in your wallet.");
    const asked: StoredRequest = {
      chainId: context.deployment.chainId,
      hub: context.deployment.contracts.hub.toLowerCase() as Hex,
      modelId: argument.modelId.toString(),
      version: argument.version,
      planDigest,
      keySetId,
      inputRoot: encrypted.root,
      inputBytes: bytes,
      createdAt: new Date().toISOString(),
    };
    const reference = { blobRoot: uploaded.root, residuesRoot: encrypted.root, size: bytes, uri: endpoint };
    return steps.during("pay", async () => {
      await checkPrice(context, input);
      const stored = await payRequest(context, asked, input, reference, {
        onSent: (hash) => {
          steps.tell("pay", "active", "Sent; waiting for the next block.", { hash });
        },
      });
      this.#prepared.delete(handle);
      return { requestId: await mined(context, stored, signal) };
    });
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
    if (vault === undefined) {
      await followRequest(context, requestId, deployment.fromBlock, { signal, onEvent });
      await posted;
      return { locked: true, answer: undefined };
    }
    const { requester } = await getRequest(provider, deployment.contracts, requestId);
    const stored = await findRequest({ ...context, vault }, requestId);
    // Opening signs nothing: the account is named, and no wallet is needed.
    const wallet = {
      address: requester,
      chainId: () => Promise.resolve(deployment.chainId),
      sendTransaction: () => Promise.reject(new TypeError("following a request sends nothing")),
    };
    const { answer } = await resumeRequest({ ...context, vault, wallet }, stored, { signal, onEvent, settle: false });
    await posted;
    return { locked: false, answer };
  }

  async #result({ provider, deployment }: ReadContext, requestId: bigint): Promise<Crossing | undefined> {
    const { contracts, fromBlock } = deployment;
    const event = await findRequestEvent(provider, contracts.hub, requestId, fromBlock, "posted");
    if (event === undefined || event.result.kind !== 0) return undefined;
    return this.#crossing("posted", "The answer, encrypted", fromHex(event.result.data));
  }

  #crossing(step: Crossing["step"], name: string, bytes: Uint8Array): Crossing {
    const digest = blobRoot(bytes);
    this.#objects.set(digest, bytes);
    return { step, name, size: bytes.length, sample: tileSample(bytes), digest };
  }
}

/** Waits for a request's transaction. */
async function mined(context: ClientContext, stored: StoredRequest, signal: AbortSignal): Promise<bigint> {
  for (let missingSince: number | undefined; ;) {
    const location = await locateRequest(context, stored, context.wallet.address);
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
