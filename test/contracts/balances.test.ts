import { expect } from "chai";
import { type Contract, ZeroAddress } from "ethers";

import { ETHER, type Hex } from "../../offchain/chain/types.ts";
import { call, deployed, deployTesting, load, owed, type World } from "./support/fixture.ts";
import { ethers } from "./support/network.ts";

describe("Balances", () => {
  describe("deposit", () => {
    it("credits the ether sent along to the account named", async () => {
      const { balances, user, stranger } = await load(deployed);
      await expect(call(balances, user, "deposit", [stranger.address], 70n))
        .to.emit(balances, "Deposited")
        .withArgs(ETHER, stranger.address, 70n);
      expect(await balances.getFunction("balanceOf")(ETHER, stranger.address)).to.equal(70n);
      expect(await ethers.provider.getBalance(balances)).to.equal(70n);
    });

    it("reverts given no ether or the zero account", async () => {
      const { balances, user } = await load(deployed);
      await expect(call(balances, user, "deposit", [user.address])).to.be.revertedWithCustomError(
        balances,
        "Balances_NothingToDo",
      );
      await expect(call(balances, user, "deposit", [ZeroAddress], 1n)).to.be.revertedWithCustomError(
        balances,
        "Balances_NoAccount",
      );
    });
  });

  describe("depositToken", () => {
    async function withToken(feeBps: number): Promise<World & { token: Contract; address: Hex }> {
      const world = await load(deployed);
      const token = await deployTesting("FeeToken", [feeBps]);
      const [holder] = await ethers.getSigners();
      await call(token, holder, "approve", [world.contracts.balances, 10_000n]);
      return { ...world, token, address: (await token.getAddress()) as Hex };
    }

    it("credits what arrived, given a token that keeps a fee", async () => {
      const { balances, user, address } = await withToken(250);
      const [holder] = await ethers.getSigners();
      await call(balances, holder, "depositToken", [address, user.address, 10_000n]);
      expect(await balances.getFunction("balanceOf")(address, user.address)).to.equal(9_750n);
    });

    it("reverts given ether's address, the zero account, nothing arriving or no allowance", async () => {
      const { balances, user, token, address } = await withToken(10_000);
      const [holder] = await ethers.getSigners();
      const refused = (args: readonly unknown[]) => expect(call(balances, holder, "depositToken", args)).to.be;
      await refused([ETHER, user.address, 1n]).revertedWithCustomError(balances, "Balances_NoAccount");
      await refused([address, ZeroAddress, 1n]).revertedWithCustomError(balances, "Balances_NoAccount");
      await refused([address, user.address, 1n]).revertedWithCustomError(balances, "Balances_NothingToDo");
      await refused([address, user.address, 10_001n]).revertedWithCustomError(token, "ERC20InsufficientAllowance");
    });

    it("pays tokens out again", async () => {
      const { balances, user, token, address } = await withToken(0);
      const [holder] = await ethers.getSigners();
      await call(balances, holder, "depositToken", [address, user.address, 10_000n]);
      await call(balances, user, "withdraw", [address, user.address, 4_000n]);
      expect(await token.getFunction("balanceOf")(user.address)).to.equal(4_000n);
      expect(await balances.getFunction("balanceOf")(address, user.address)).to.equal(6_000n);
    });
  });

  describe("move, moveMany and burn", () => {
    it("move within the caller's balance only", async () => {
      const w = await load(deployed);
      await call(w.balances, w.user, "deposit", [w.user.address], 100n);
      await call(w.balances, w.user, "move", [ETHER, w.owner.address, 30n]);
      const several = await call(w.balances, w.user, "moveMany", [
        ETHER,
        [w.owner.address, w.stranger.address],
        [5n, 0n],
      ]);
      // Nothing is told of who gets nothing.
      expect((await several.wait())?.logs).to.have.length(1);
      expect(await owed(w, w.user.address)).to.equal(65n);
      expect(await owed(w, w.owner.address)).to.equal(35n);
      await expect(call(w.balances, w.owner, "move", [ETHER, w.stranger.address, 36n]))
        .to.be.revertedWithCustomError(w.balances, "Balances_Insufficient")
        .withArgs(ETHER, w.owner.address, 35n, 36n);
      await expect(
        call(w.balances, w.owner, "moveMany", [ETHER, [w.stranger.address, w.user.address], [18n, 18n]]),
      ).to.be.revertedWithCustomError(w.balances, "Balances_Insufficient");
    });

    it("keep burned ether for good", async () => {
      const w = await load(deployed);
      await call(w.balances, w.user, "deposit", [w.user.address], 100n);
      await expect(call(w.balances, w.user, "burn", [ETHER, 40n]))
        .to.emit(w.balances, "Burned")
        .withArgs(ETHER, w.user.address, 40n);
      expect(await owed(w, w.user.address)).to.equal(60n);
      expect(await w.balances.getFunction("burnedOf")(ETHER)).to.equal(40n);
      expect(await ethers.provider.getBalance(w.balances)).to.equal(100n);
      await expect(call(w.balances, w.user, "burn", [ETHER, 61n])).to.be.revertedWithCustomError(
        w.balances,
        "Balances_Insufficient",
      );
    });

    it("revert given zero, the zero account or lists of different lengths", async () => {
      const w = await load(deployed);
      await call(w.balances, w.user, "deposit", [w.user.address], 100n);
      const refused = (method: string, args: readonly unknown[], error: string) =>
        expect(call(w.balances, w.user, method, args)).to.be.revertedWithCustomError(w.balances, error);
      await refused("move", [ETHER, w.owner.address, 0n], "Balances_NothingToDo");
      await refused("burn", [ETHER, 0n], "Balances_NothingToDo");
      await refused("move", [ETHER, ZeroAddress, 1n], "Balances_NoAccount");
      await refused("moveMany", [ETHER, [w.owner.address], [1n, 2n]], "Balances_LengthMismatch");
    });
  });

  describe("withdraw", () => {
    it("pays ether to any recipient", async () => {
      const w = await load(deployed);
      await call(w.balances, w.user, "deposit", [w.user.address], 100n);
      const recipient = "0x00000000000000000000000000000000000A11cE";
      await expect(call(w.balances, w.user, "withdraw", [ETHER, recipient, 60n]))
        .to.emit(w.balances, "Withdrawn")
        .withArgs(ETHER, w.user.address, recipient, 60n);
      expect(await ethers.provider.getBalance(recipient)).to.equal(60n);
      expect(await owed(w, w.user.address)).to.equal(40n);
    });

    it("reverts given more than the balance, zero or the zero recipient", async () => {
      const w = await load(deployed);
      await call(w.balances, w.user, "deposit", [w.user.address], 10n);
      const refused = (args: readonly unknown[], error: string) =>
        expect(call(w.balances, w.user, "withdraw", args)).to.be.revertedWithCustomError(w.balances, error);
      await refused([ETHER, w.user.address, 11n], "Balances_Insufficient");
      await refused([ETHER, w.user.address, 0n], "Balances_NothingToDo");
      await refused([ETHER, ZeroAddress, 1n], "Balances_NoAccount");
    });

    for (const reenter of [false, true]) {
      it(`keeps the balance of a recipient that ${reenter ? "asks again from within the payment" : "refuses ether"}`, async () => {
        const w = await load(deployed);
        const receiver = await deployTesting("Rejecter", [w.contracts.balances, reenter]);
        const address = await receiver.getAddress();
        await call(w.balances, w.user, "deposit", [address], 10n);
        await expect(call(receiver, w.user, "withdraw", [4n]))
          .to.be.revertedWithCustomError(w.balances, "Balances_TransferFailed")
          .withArgs(address, 4n);
        expect(await owed(w, address)).to.equal(10n);
      });
    }
  });
});
