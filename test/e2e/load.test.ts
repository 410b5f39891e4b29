import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { expect } from "chai";

import { encryptSlots, inputSlots } from "../../offchain/client/encrypt-input.ts";
import { rawRequest, sharedKeySet, sharedPlan, untilState } from "./raw-request.ts";
import { sharedContext, sharedNetwork } from "./shared-network.ts";

// What other tests left to be collected is not what these requests leave behind.
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const REQUESTS = 200;
const AT_ONCE = 10;

describe(`${REQUESTS} requests to one node`, function () {
  this.timeout(600_000);

  it("leave no WebAssembly object behind and do not grow its memory", async () => {
    const { node, nodes } = await sharedNetwork();
    // The engine that nodes have by default, on the plan the other tests' node evaluates with node-seal.
    await nodes[0].stop();
    await nodes[0].start("simd");
    const plan = await sharedPlan();
    const keySetId = await sharedKeySet();
    const { vault } = await sharedContext();
    const { bytes, root } = await encryptSlots(vault, keySetId, plan, inputSlots(plan, new Float64Array(784)));
    const handles = async (): Promise<number> => (await node().metrics.wasmHandles.get()).values[0]?.value ?? 0;

    const seen: { handles: number; rss: number }[] = [];
    for (let done = 0; done < REQUESTS; done += AT_ONCE) {
      const ids: bigint[] = [];
      // One account sends them, one nonce after the other.
      for (let k = 0; k < AT_ONCE; k++)
        ids.push(await rawRequest({ bytes, residuesRoot: root, keySetId, upload: done + k === 0 }));
      for (const id of ids) await untilState(id, ["posted", "settled"]);
      collectGarbage();
      seen.push({ handles: await handles(), rss: process.memoryUsage.rss() });
    }
    const [first] = seen;
    expect(first.handles).to.be.greaterThan(0);
    expect(seen.map((sample) => sample.handles)).to.deep.equal(seen.map(() => first.handles));
    // The chain has a process of its own. A leaked ciphertext would be 0.4 to 0.8 MB a request.
    const warm = seen[REQUESTS / AT_ONCE / 2 - 1];
    expect(seen.at(-1).rss - warm.rss).to.be.below((0.2e6 * REQUESTS) / 2);
  });
});
