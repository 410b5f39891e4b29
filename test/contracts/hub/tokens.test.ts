import { expect } from "chai";
import type { Contract } from "ethers";

import { requestWithPermit } from "../../../offchain/chain/requests.ts";
import { signPermit } from "../../../offchain/chain/tokens.ts";
import { ETHER, type Hex, type RequestParams } from "../../../offchain/chain/types.ts";
import {
  AUDIT_FEE,
  assign,
  bindingOf,
  call,
  deployTesting,
  inline,
  load,
  market,
  type Market,
  MODEL_FEE,
  NODE_FEE,
  owed,
  requestParams,
  STATE,
  stateOf,
  terms,
  TOTAL,
} from "../support/fixture.ts";
import { ethers, networkHelpers } from "../support/network.ts";

interface TokenMarket extends Market {
  readonly token: Contract;
  readonly address: Hex;
}

/** The market with its model priced in a token that the user has and every node takes. */
async function inToken(name: string, args: readonly unknown[] = []): Promise<TokenMarket> {
  const m = await load(market);
  const token = await deployTesting(name, args);
  const address = (await token.getAddress()) as Hex;
  const [holder] = await ethers.getSigners();
  await call(token, holder, "transfer", [m.user.address, 100_000n]);
  await call(m.models, m.owner, "setTerms", [1, terms({ token: address })]);
  for (const node of m.nodes) await call(m.registry, node, "setTokenAccepted", [address, true]);
  return { ...m, token, address };
}

const ask = async (m: TokenMarket, value = 0n) =>
  call(m.hub, m.user, "request", [await requestParams(m, { token: m.address })], value);

describe("InferenceHub: requests in a token", () => {
  it("are paid, settled and withdrawn in it", async () => {
    const m = await inToken("PermitToken");
    await call(m.token, m.user, "approve", [m.contracts.hub, TOTAL]);
    await ask(m);
    expect(await owed(m, m.contracts.hub, m.address)).to.equal(TOTAL);
    expect(await m.balances.getFunction("heldOf")(m.address)).to.equal(TOTAL);
    const node = await assign(m, 1n);
    await call(m.hub, node, "accept", [1, await bindingOf(m, 1n)]);
    await call(m.hub, node, "post", [1, inline(100)]);
    await call(m.hub, m.user, "settle", [1]);
    expect(await owed(m, node.address, m.address)).to.equal(NODE_FEE);
    expect(await owed(m, m.owner.address, m.address)).to.equal(MODEL_FEE);
    expect(await m.hub.getFunction("auditPoolOf")(1, m.address)).to.equal(AUDIT_FEE);
    expect(await m.hub.getFunction("auditPoolOf")(1, ETHER)).to.equal(0n);
    await call(m.balances, node, "withdraw", [m.address, node.address, NODE_FEE]);
    expect(await m.token.getFunction("balanceOf")(node.address)).to.equal(NODE_FEE);
    expect(await m.balances.getFunction("heldOf")(m.address)).to.equal(TOTAL - NODE_FEE);
  });

  it("are refunded in it", async () => {
    const m = await inToken("PermitToken");
    await call(m.token, m.user, "approve", [m.contracts.hub, TOTAL]);
    await ask(m);
    await networkHelpers.time.increase(501);
    await call(m.hub, m.stranger, "refund", [1]);
    expect(await owed(m, m.user.address, m.address)).to.equal(TOTAL);
  });

  it("pass over nodes that do not take it", async () => {
    const m = await inToken("PermitToken");
    await call(m.token, m.user, "approve", [m.contracts.hub, TOTAL * 4n]);
    const [a, b, c] = m.nodes;
    for (const node of [a, b]) await call(m.registry, node, "setTokenAccepted", [m.address, false]);
    for (const requestId of [1n, 2n, 3n]) {
      await ask(m);
      expect((await assign(m, requestId)).address).to.equal(c.address);
    }
    await call(m.registry, c, "setTokenAccepted", [m.address, false]);
    await ask(m);
    await networkHelpers.mine(2);
    await call(m.hub, m.stranger, "assign", [4]);
    expect(await stateOf(m, 4n)).to.equal(STATE.refunded);
  });

  it("revert without an allowance, and with ether sent along", async () => {
    const m = await inToken("PermitToken");
    await expect(ask(m)).to.be.revertedWithCustomError(m.token, "ERC20InsufficientAllowance");
    await call(m.token, m.user, "approve", [m.contracts.hub, TOTAL]);
    await expect(ask(m, 1n)).to.be.revertedWithCustomError(m.hub, "InferenceHub_WrongPayment").withArgs(1n, 0n);
  });

  it("revert in a token that is none", async () => {
    const m = await inToken("PermitToken");
    const address = m.stranger.address as Hex;
    await call(m.models, m.owner, "setTerms", [1, terms({ token: address })]);
    await expect(ask({ ...m, address })).to.be.revertedWithCustomError(m.hub, "SafeERC20FailedOperation");
  });

  it("revert in a token that keeps a part of a transfer, whoever has escrows in it", async () => {
    const m = await inToken("FeeToken", [250]);
    await call(m.token, m.user, "approve", [m.contracts.hub, TOTAL]);
    await expect(ask(m))
      .to.be.revertedWithCustomError(m.balances, "Balances_NotArrived")
      .withArgs(m.address, TOTAL - (TOTAL * 250n) / 10_000n, TOTAL);
    // Another's deposit does not make up for what is missing.
    const [holder] = await ethers.getSigners();
    await call(m.token, holder, "approve", [m.contracts.balances, 50_000n]);
    await call(m.balances, holder, "depositToken", [m.address, holder.address, 50_000n]);
    await expect(ask(m)).to.be.revertedWithCustomError(m.balances, "Balances_NotArrived");
  });

  describe("a token that returns nothing", () => {
    it("pays and is paid out", async () => {
      const m = await inToken("OddToken");
      await ask(m);
      await networkHelpers.time.increase(501);
      await call(m.hub, m.stranger, "refund", [1]);
      await call(m.balances, m.user, "withdraw", [m.address, m.user.address, TOTAL]);
      expect(await m.token.getFunction("balanceOf")(m.user.address)).to.equal(100_000n);
    });

    it("that begins to refuse stops withdrawals in it, and nothing else", async () => {
      const m = await inToken("OddToken");
      await ask(m);
      const node = await assign(m, 1n);
      await call(m.hub, node, "accept", [1, await bindingOf(m, 1n)]);
      await call(m.hub, node, "post", [1, inline(100)]);
      await call(m.token, m.stranger, "setRefuses", [true]);
      await call(m.hub, m.user, "settle", [1]);
      await expect(
        call(m.balances, node, "withdraw", [m.address, node.address, NODE_FEE]),
      ).to.be.revertedWithCustomError(m.token, "OddToken_Refused");
      expect(await owed(m, node.address, m.address)).to.equal(NODE_FEE);
      await expect(ask(m)).to.be.revertedWithCustomError(m.token, "OddToken_Refused");
    });

    it("that calls back in the middle of the payment gets nothing done", async () => {
      const m = await inToken("OddToken");
      const params = await requestParams(m, { token: m.address });
      const hooks: readonly (readonly [Contract, string, readonly unknown[]])[] = [
        [m.hub, "request", [params]],
        [m.hub, "cancel", [1]],
        [m.balances, "credit", [m.address, m.stranger.address, TOTAL]],
      ];
      for (const [i, [contract, method, args]] of hooks.entries()) {
        const data = contract.interface.encodeFunctionData(method, args);
        await call(m.token, m.stranger, "setHook", [await contract.getAddress(), data]);
        await ask(m);
        expect(await m.token.getFunction("reentered")()).to.equal(false);
        expect(await owed(m, m.contracts.hub, m.address)).to.equal(TOTAL * BigInt(i + 1));
      }
    });
  });

  describe("with a permit", () => {
    const params = async (m: TokenMarket): Promise<RequestParams> => {
      const over = { token: m.address, maxFee: TOTAL + 7n };
      return (await requestParams(m, over)) as unknown as RequestParams;
    };
    const permit = async (m: TokenMarket, value: bigint) => {
      const until = BigInt((await networkHelpers.time.latest()) + 100);
      const signed = await signPermit(m.user, m.address, m.contracts.hub, value, until);
      if (signed === undefined) throw new Error("the token has no permits");
      return signed;
    };

    it("need no allowance before", async () => {
      const m = await inToken("PermitToken");
      const sent = await requestWithPermit(m.user, m.contracts, await params(m), await permit(m, TOTAL + 7n));
      expect((await sent.wait()).requestId).to.equal(1n);
      expect(await owed(m, m.contracts.hub, m.address)).to.equal(TOTAL);
    });

    it("go through when somebody used the permit first", async () => {
      const m = await inToken("PermitToken");
      const { deadline, v, r, s } = await permit(m, TOTAL + 7n);
      const used = [m.user.address, m.contracts.hub, TOTAL + 7n, deadline, v, r, s];
      await call(m.token, m.stranger, "permit", used);
      await (await requestWithPermit(m.user, m.contracts, await params(m), { deadline, v, r, s })).wait();
      expect(await owed(m, m.contracts.hub, m.address)).to.equal(TOTAL);
    });

    it("revert given a permit for another amount and no allowance", async () => {
      const m = await inToken("PermitToken");
      const args = [await params(m), await permit(m, TOTAL)];
      await expect(call(m.hub, m.user, "requestWithPermit", args)).to.be.revertedWithCustomError(
        m.token,
        "ERC20InsufficientAllowance",
      );
    });

    it("are not to be had of a token without permits", async () => {
      const m = await inToken("OddToken");
      expect(await signPermit(m.user, m.address, m.contracts.hub, 1n, 1n)).to.equal(undefined);
    });
  });
});

describe("Balances: credit", () => {
  it("credits what was transferred to the vault and credited to nobody, once", async () => {
    const m = await inToken("PermitToken");
    const credit = (args: readonly unknown[]) => call(m.balances, m.stranger, "credit", args);
    await call(m.token, m.user, "transfer", [m.contracts.balances, 50n]);
    await expect(credit([m.address, m.stranger.address, 51n]))
      .to.be.revertedWithCustomError(m.balances, "Balances_NotArrived")
      .withArgs(m.address, 50n, 51n);
    await credit([m.address, m.stranger.address, 30n]);
    await expect(credit([m.address, m.stranger.address, 21n]))
      .to.be.revertedWithCustomError(m.balances, "Balances_NotArrived")
      .withArgs(m.address, 20n, 21n);
    expect(await owed(m, m.stranger.address, m.address)).to.equal(30n);
  });

  it("reverts given ether's address, the zero account or nothing", async () => {
    const m = await inToken("PermitToken");
    const refused = (args: readonly unknown[], error: string) =>
      expect(call(m.balances, m.stranger, "credit", args)).to.be.revertedWithCustomError(m.balances, error);
    await refused([ETHER, m.user.address, 1n], "Balances_NoAccount");
    await refused([m.address, ETHER, 1n], "Balances_NoAccount");
    await refused([m.address, m.user.address, 0n], "Balances_NothingToDo");
  });
});
