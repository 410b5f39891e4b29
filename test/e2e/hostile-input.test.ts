import { expect } from "chai";

import { getBalance } from "../../offchain/chain/balances.ts";
import { findRequestEvent } from "../../offchain/chain/request-events.ts";
import { ETHER } from "../../offchain/chain/types.ts";
import { refund } from "../../offchain/client/request-actions.ts";
import { encryptSlots, inputSlots } from "../../offchain/client/encrypt-input.ts";
import type { Bytes32 } from "../../offchain/digest/hex.ts";
import { REJECT_CODES } from "../../offchain/node/reject-codes.ts";
import { rawRequest, sharedKeySet, sharedPlan, untilState } from "./raw-request.ts";
import { price, sharedContext, sharedNetwork } from "./shared-network.ts";

const ROOT = `0x${"5a".repeat(32)}` as const;

describe("bytes that are no good input", function () {
  this.timeout(180_000);

  /** An input as the client makes it, to be spoilt. */
  async function goodInput(): Promise<{ bytes: Uint8Array; root: Bytes32 }> {
    const plan = await sharedPlan();
    const { vault } = await sharedContext();
    return await encryptSlots(vault, await sharedKeySet(), plan, inputSlots(plan, new Float64Array(784)));
  }

  const cases: readonly {
    name: string;
    code: string;
    spoil: (bytes: Uint8Array) => Uint8Array;
    root?: "kept";
  }[] = [
    { name: "cut short", code: "CIPHERTEXT_TRUNCATED", spoil: (bytes) => bytes.slice(0, -1) },
    {
      name: "of another key set",
      code: "CIPHERTEXT_KEY_SET",
      spoil: (bytes) => bytes.with(48, bytes[48] ^ 1),
    },
    {
      name: "flipped by one bit behind the requester's back",
      code: "INPUT_ROOT",
      spoil: (bytes) => bytes.with(bytes.length - 7, bytes[bytes.length - 7] ^ 1),
      root: "kept",
    },
  ];

  for (const { name, code, spoil, root } of cases) {
    it(`${name}: rejected with ${code}, and the money goes back whole`, async () => {
      const { provider, deployment } = await sharedNetwork();
      const { contracts } = deployment;
      const context = await sharedContext();
      const good = await goodInput();
      const before = await getBalance(provider, contracts, ETHER, context.wallet.address);
      const residuesRoot = root === "kept" ? good.root : ROOT;
      const requestId = await rawRequest({ bytes: spoil(good.bytes), residuesRoot, keySetId: await sharedKeySet() });
      const request = await untilState(requestId, ["rejected"]);
      expect(request.rejectCode).to.equal(REJECT_CODES[code]);
      const { amount } = await refund(context, requestId);
      expect(amount).to.equal((await price()).total);
      expect((await getBalance(provider, contracts, ETHER, context.wallet.address)) - before).to.equal(amount);
    });
  }

  it("not to be had anywhere: declined, and refunded when no node is left", async () => {
    const { provider, deployment } = await sharedNetwork();
    const requestId = await rawRequest({
      bytes: Uint8Array.of(1, 2, 3),
      residuesRoot: ROOT,
      keySetId: await sharedKeySet(),
      upload: false,
    });
    await untilState(requestId, ["refunded"], 150);
    const refunded = await findRequestEvent(
      provider,
      deployment.contracts.hub,
      requestId,
      deployment.fromBlock,
      "refunded",
    );
    expect(refunded?.reason).to.equal("no-node-left");
    expect(refunded?.amount).to.equal((await price()).total);
  });
});
