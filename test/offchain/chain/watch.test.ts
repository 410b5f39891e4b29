import { expect } from "chai";
import { type Filter, type Log, type Provider } from "ethers";

import { INTERFACES } from "../../../offchain/chain/contracts.ts";
import type { Hex, RequestEvent } from "../../../offchain/chain/types.ts";
import { watchRequests } from "../../../offchain/chain/watch.ts";

const HUB: Hex = `0x${"77".repeat(20)}`;

/** A chain of blocks, each with the ids of the requests cancelled in it; a block's hash is its number and its branch. */
class Chain {
  blocks: { readonly branch: string; readonly ids: readonly bigint[] }[] = [];
  failures = 0;
  asked: { from: number; to: number }[] = [];

  add(branch: string, ...ids: bigint[]): void {
    this.blocks.push({ branch, ids });
  }

  /** The two functions a watch needs, as ethers has them. */
  provider(): Provider {
    const get = {
      getBlockNumber: () => Promise.resolve(this.blocks.length - 1),
      getLogs: ({ fromBlock, toBlock }: Filter): Promise<Log[]> => {
        if (this.failures-- > 0) return Promise.reject(new Error("timeout"));
        const [from, to] = [Number(fromBlock), Number(toBlock)];
        this.asked.push({ from, to });
        const logs = this.blocks.flatMap(({ branch, ids }, block) =>
          block < from || block > to ? [] : ids.map((id, index) => this.log(block, branch, id, index)),
        );
        // Nodes need not sort.
        return Promise.resolve(logs.reverse() as unknown as Log[]);
      },
    };
    return get as unknown as Provider;
  }

  log(blockNumber: number, branch: string, id: bigint, index: number) {
    const { data, topics } = INTERFACES.hub.encodeEventLog("Refunded", [id, 1n, 1n]);
    return {
      address: HUB,
      data,
      topics,
      blockNumber,
      blockHash: `0x${branch}${blockNumber}`,
      transactionHash: "0x",
      index,
      removed: false,
    };
  }
}

/** Watches until `count` events have come, or for 2 s. */
async function watch(
  chain: Chain,
  count: number,
  options: { from?: number; during?: (n: number) => void; maxRange?: number } = {},
) {
  const events: RequestEvent[] = [];
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort();
  }, 2_000);
  const retries: number[] = [];
  await watchRequests(
    chain.provider(),
    HUB,
    options.from ?? 0,
    (event) => {
      events.push(event);
      options.during?.(events.length);
      if (events.length === count)
        setTimeout(() => {
          controller.abort();
        }, 20);
    },
    controller.signal,
    { pollMs: 1, reorgDepth: 3, maxRange: options.maxRange ?? 100, onFailure: (_, ms) => retries.push(ms) },
  );
  clearTimeout(timer);
  return { events, ids: events.map(({ requestId }) => requestId), retries };
}

describe("watchRequests", () => {
  it("delivers what has happened and what happens, once and in order", async () => {
    const chain = new Chain();
    chain.add("a", 1n, 2n);
    chain.add("a");
    chain.add("a", 3n);
    const { ids, events } = await watch(chain, 4, {
      during: (n) => {
        if (n === 3) chain.add("a", 4n);
      },
    });
    expect(ids).to.deep.equal([1n, 2n, 3n, 4n]);
    expect(events[0]).to.include({ type: "refunded", reason: "cancelled", blockNumber: 0, logIndex: 0 });
  });

  it("starts at the block it is told", async () => {
    const chain = new Chain();
    for (let id = 0n; id < 5n; id++) chain.add("a", id);
    const { ids } = await watch(chain, 2, { from: 3 });
    expect(ids).to.deep.equal([3n, 4n]);
    expect(Math.min(...chain.asked.map(({ from }) => from))).to.equal(3);
  });

  it("asks for few blocks at a time", async () => {
    const chain = new Chain();
    for (let id = 0n; id < 30n; id++) chain.add("a", id);
    const { ids } = await watch(chain, 30, { maxRange: 5 });
    expect(ids).to.deep.equal(Array.from({ length: 30 }, (_, i) => BigInt(i)));
    for (const { from, to } of chain.asked) expect(to - from).to.be.lessThan(5 + 3);
  });

  it("delivers what a reorganisation brought", async () => {
    const chain = new Chain();
    chain.add("a", 1n);
    chain.add("a", 2n);
    chain.add("a", 3n);
    const { ids } = await watch(chain, 5, {
      during: (n) => {
        if (n !== 3) return;
        chain.blocks.length = 1;
        chain.add("b", 20n);
        chain.add("b", 3n);
        chain.add("b");
      },
    });
    expect(ids).to.deep.equal([1n, 2n, 3n, 20n, 3n]);
  });

  it("goes on after a chain became shorter", async () => {
    const chain = new Chain();
    for (let id = 0n; id < 4n; id++) chain.add("a", id);
    const { ids } = await watch(chain, 5, {
      during: (n) => {
        if (n !== 4) return;
        chain.blocks.length = 2;
        chain.add("b", 9n);
      },
    });
    expect(ids).to.deep.equal([0n, 1n, 2n, 3n, 9n]);
  });

  it("asks again with growing pauses after failures, and loses nothing", async () => {
    const chain = new Chain();
    for (let id = 0n; id < 6n; id++) chain.add("a", id);
    chain.failures = 4;
    const { ids, retries } = await watch(chain, 6);
    expect(ids).to.deep.equal([0n, 1n, 2n, 3n, 4n, 5n]);
    expect(retries).to.deep.equal([1, 2, 4, 8]);
  });

  it("ends with what the listener throws", async () => {
    const chain = new Chain();
    chain.add("a", 1n);
    let message = "";
    const watching = watchRequests(
      chain.provider(),
      HUB,
      0,
      () => {
        throw new Error("mine");
      },
      new AbortController().signal,
    );
    await watching.catch((error: unknown) => (message = String(error)));
    expect(message).to.equal("Error: mine");
  });

  it("ends at once when aborted, and asks nothing when aborted before", async () => {
    const chain = new Chain();
    chain.add("a", 1n);
    await watchRequests(chain.provider(), HUB, 0, () => undefined, AbortSignal.abort());
    expect(chain.asked).to.deep.equal([]);
  });
});
