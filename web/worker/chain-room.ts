/** What the worker reads from the chain for the page. */
import { zeroPadValue, type JsonRpcProvider } from "ethers";

import { parseDeployment } from "../../offchain/chain/addresses.ts";
import { decodeContractError } from "../../offchain/chain/contract-errors.ts";
import { INTERFACES } from "../../offchain/chain/contracts.ts";
import { openProvider } from "../../offchain/chain/provider.ts";
import { decodeRequestEvent } from "../../offchain/chain/request-events.ts";
import type { Deployment, Hex, RequestEvent } from "../../offchain/chain/types.ts";
import type { ReadContext } from "../../offchain/client/types.ts";
import { fromHex } from "../../offchain/digest/hex.ts";
import type { Settings } from "../lib/settings.ts";

/** Blocks asked for at once; RPC providers refuse more. */
const LOG_RANGE = 10_000;

export class ChainRoom {
  readonly deployment: Deployment;
  readonly #settings: Settings;
  #opened: Promise<JsonRpcProvider> | undefined;

  /** @throws DeploymentError when the settings name other contracts than this build knows */
  constructor(settings: Settings) {
    this.#settings = settings;
    this.deployment = parseDeployment(settings.deployment, settings.chain.id);
  }

  /** The chain. Tried again at the next call when it cannot be reached. */
  provider(): Promise<JsonRpcProvider> {
    this.#opened ??= openProvider(this.#settings.chain.rpcUrl, this.#settings.chain.id).catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  /** Enough to look around, for the functions of the client. */
  async reading(): Promise<ReadContext> {
    return { provider: await this.provider(), deployment: this.deployment, endpoints: this.endpoints };
  }

  /** Base URLs of the blob stores the settings name. */
  get endpoints(): readonly string[] {
    return this.#settings.storage;
  }

  /** The requests an account made, oldest first. */
  async requestedBy(requester: Hex): Promise<readonly Extract<RequestEvent, { type: "requested" }>[]> {
    const topics = [INTERFACES.hub.getEvent("Requested")!.topicHash, null, null, zeroPadValue(requester, 32)];
    const events = await this.#events(topics, this.deployment.fromBlock);
    return events.filter((event) => event.type === "requested");
  }

  /** Which request a transaction made; undefined while it is in no block. */
  async requestMadeBy(transaction: Hex): Promise<bigint | undefined> {
    const provider = await this.provider();
    const receipt = await provider.getTransactionReceipt(transaction).catch((error: unknown) => {
      throw decodeContractError(error);
    });
    const { hub } = this.deployment.contracts;
    const log = receipt?.logs.find(({ address }) => address.toLowerCase() === hub.toLowerCase());
    return log && decodeRequestEvent(log)?.requestId;
  }

  /** The bytes of the last inline result among recent blocks, for everybody to look at. */
  async latestResult(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const head = await (await this.provider()).getBlockNumber();
    const from = Math.max(this.deployment.fromBlock, head - LOG_RANGE + 1);
    const events = await this.#events([INTERFACES.hub.getEvent("Posted")!.topicHash], from);
    const last = events.findLast((event) => event.type === "posted" && event.result.kind === 0);
    return last?.type === "posted" ? fromHex(last.result.data) : undefined;
  }

  async #events(topics: (string | null)[], fromBlock: number): Promise<RequestEvent[]> {
    const provider = await this.provider();
    const events: RequestEvent[] = [];
    try {
      const head = await provider.getBlockNumber();
      for (let from = fromBlock; from <= head; from += LOG_RANGE) {
        const range = { fromBlock: from, toBlock: Math.min(head, from + LOG_RANGE - 1) };
        const logs = await provider.getLogs({ address: this.deployment.contracts.hub, topics, ...range });
        events.push(...logs.map((log) => decodeRequestEvent(log)).filter((event) => event !== undefined));
      }
    } catch (error) {
      throw decodeContractError(error);
    }
    return events;
  }
}
