import { expect } from "chai";
import { network } from "hardhat";

import { deployCloakwork } from "../../offchain/testing/deploy-cloakwork.ts";
import type { TestMarket } from "../../offchain/testing/deploy-market.ts";
import { answerRequest } from "../../offchain/testing/stand-in-nodes.ts";

const { ethers, networkHelpers } = await network.create();
const NOTHING = `0x${"00".repeat(32)}`;

/** A market and a contract that asks in it, as docs/consumers.md shows. */
async function opened(): Promise<{ market: TestMarket; sample: Awaited<ReturnType<typeof ethers.deployContract>> }> {
  const market = await networkHelpers.loadFixture(deployCloakwork);
  const { hub, callbacks, balances } = market.deployment.contracts;
  const sample = await ethers.deployContract("SampleConsumer", [hub, callbacks, balances]);
  await market.allow((await sample.getAddress()) as `0x${string}`);
  return { market, sample };
}

describe("A test of a contract that asks for inferences", () => {
  for (const replicas of [1, 3]) {
    it(`gets its answer from the stand-in for ${replicas === 1 ? "a node" : "three nodes"}`, async () => {
      const { market, sample } = await opened();
      const { total } = await market.quote(replicas);
      await sample.getFunction("ask").send(await market.params({ replicas }), { value: total + 10n ** 15n });
      const receipt = await answerRequest(market, 1n, Uint8Array.of(1, 2, 3));
      expect(await sample.getFunction("receipts")(1n)).to.equal(receipt);
    });

    it(`sees an input refused by ${replicas === 1 ? "a node" : "three nodes"}`, async () => {
      const { market, sample } = await opened();
      const { total } = await market.quote(replicas);
      await sample.getFunction("ask").send(await market.params({ replicas }), { value: total + 10n ** 15n });
      expect(await answerRequest(market, 1n, 7)).to.equal(NOTHING);
      expect(await sample.getFunction("receipts")(1n)).to.equal(NOTHING);
    });
  }
});
