import { expect } from "chai";

import { getNode, listNodes } from "../../offchain/chain/nodes.ts";
import { ETHER, type Hex } from "../../offchain/chain/types.ts";
import { accepted, BOND, call, deployed, load, market, owed, STAKE, type World } from "./support/fixture.ts";
import { ethers, networkHelpers } from "./support/network.ts";
import { encryptionKey } from "./support/values.ts";

const KEY = encryptionKey(1);
const ENDPOINT = "https://node";
const MODEL = 1n;
const OTHER_MODEL = 2n;

/** `suspendedUntil` and `declines`. */
async function standing(w: World, node: string, modelId: bigint): Promise<bigint[]> {
  return Array.from((await w.registry.getFunction("standingOf")(node, modelId)) as Iterable<bigint>);
}

async function suspension(w: World): Promise<bigint> {
  return (await w.registry.getFunction("suspension")()) as bigint;
}

async function registered(): Promise<World> {
  const world = await deployed();
  await call(world.registry, world.nodes[0], "register", [KEY, ENDPOINT], STAKE);
  return world;
}

describe("NodeRegistry", () => {
  describe("register", () => {
    it("keeps stake, key and endpoint, and lays the stake into the vault", async () => {
      const w = await load(deployed);
      const [node] = w.nodes;
      await expect(call(w.registry, node, "register", [KEY, ENDPOINT], STAKE))
        .to.emit(w.registry, "NodeRegistered")
        .withArgs(node.address, STAKE, KEY, ENDPOINT);
      const expected = {
        node: node.address,
        stake: STAKE,
        locked: 0n,
        exitAt: undefined,
        encryptionKey: KEY,
        endpoint: ENDPOINT,
      };
      expect(await getNode(ethers.provider, w.contracts, node.address as Hex)).to.deep.equal(expected);
      expect(await listNodes(ethers.provider, w.contracts)).to.deep.equal([expected]);
      expect(await owed(w, w.contracts.nodeRegistry)).to.equal(STAKE);
      expect(await getNode(ethers.provider, w.contracts, w.stranger.address as Hex)).to.equal(undefined);
    });

    it("reverts given too small a stake", async () => {
      const { registry, nodes } = await load(deployed);
      const least = (await registry.getFunction("minimumStake")()) as bigint;
      await expect(call(registry, nodes[0], "register", [KEY, ENDPOINT], least - 1n))
        .to.be.revertedWithCustomError(registry, "NodeRegistry_StakeTooSmall")
        .withArgs(least - 1n, least);
      await call(registry, nodes[0], "register", [KEY, ENDPOINT], least);
    });

    it("reverts given a key that is not an uncompressed point on P-256", async () => {
      const { registry, nodes } = await load(registered);
      const flipped = `${KEY.slice(0, -1)}${KEY.endsWith("0") ? "1" : "0"}`;
      const zero = `0x04${"00".repeat(64)}`;
      for (const key of ["0x", KEY.slice(0, -2), `${KEY}00`, `0x02${KEY.slice(4)}`, flipped, zero]) {
        await expect(call(registry, nodes[1], "register", [key, ENDPOINT], STAKE)).to.be.revertedWithCustomError(
          registry,
          "NodeRegistry_BadEncryptionKey",
        );
        await expect(call(registry, nodes[0], "setEncryptionKey", [key])).to.be.revertedWithCustomError(
          registry,
          "NodeRegistry_BadEncryptionKey",
        );
      }
    });

    it("reverts given an empty or too long endpoint, and takes 256 bytes", async () => {
      const { registry, nodes } = await load(deployed);
      for (const length of [0, 257]) {
        await expect(call(registry, nodes[0], "register", [KEY, "x".repeat(length)], STAKE))
          .to.be.revertedWithCustomError(registry, "NodeRegistry_BadEndpoint")
          .withArgs(length);
      }
      await call(registry, nodes[0], "register", [KEY, "x".repeat(256)], STAKE);
      await expect(call(registry, nodes[0], "setEndpoint", [""]))
        .to.be.revertedWithCustomError(registry, "NodeRegistry_BadEndpoint")
        .withArgs(0);
    });

    it("reverts a second time", async () => {
      const { registry, nodes } = await load(registered);
      await expect(call(registry, nodes[0], "register", [KEY, ENDPOINT], STAKE)).to.be.revertedWithCustomError(
        registry,
        "NodeRegistry_AlreadyRegistered",
      );
    });
  });

  describe("changes", () => {
    it("hold from now on", async () => {
      const { registry, nodes, contracts } = await load(registered);
      const [node] = nodes;
      const token = contracts.balances;
      await call(registry, node, "addStake", [], 5n);
      await call(registry, node, "setEndpoint", ["https://moved"]);
      await call(registry, node, "setEncryptionKey", [encryptionKey(9)]);
      await call(registry, node, "setTokenAccepted", [token, true]);
      const info = await getNode(ethers.provider, contracts, node.address as Hex);
      expect(info?.stake).to.equal(STAKE + 5n);
      expect(info?.endpoint).to.equal("https://moved");
      expect(info?.encryptionKey).to.equal(encryptionKey(9));
      expect(await registry.getFunction("acceptsToken")(node.address, token)).to.equal(true);
      expect(await registry.getFunction("acceptsToken")(node.address, ETHER)).to.equal(true);
    });

    for (const [method, args, value] of [
      ["addStake", [], 1n],
      ["setEndpoint", [ENDPOINT], 0n],
      ["setEncryptionKey", [KEY], 0n],
      ["setTokenAccepted", [ETHER, true], 0n],
      ["requestExit", [], 0n],
      ["exit", [], 0n],
    ] as const) {
      it(`revert given a stranger: ${method}`, async () => {
        const { registry, stranger } = await load(registered);
        await expect(call(registry, stranger, method, args, value))
          .to.be.revertedWithCustomError(registry, "NodeRegistry_UnknownNode")
          .withArgs(stranger.address);
      });
    }
  });

  describe("exit", () => {
    it("pays the stake after the delay, and the node may come again", async () => {
      const w = await load(registered);
      const [node] = w.nodes;
      await call(w.registry, node, "requestExit", []);
      await expect(call(w.registry, node, "exit", [])).to.be.revertedWithCustomError(
        w.registry,
        "NodeRegistry_TooEarly",
      );
      await networkHelpers.time.increase((await w.registry.getFunction("exitDelay")()) as bigint);
      await call(w.registry, node, "exit", []);
      expect(await owed(w, node.address)).to.equal(STAKE);
      expect(await owed(w, w.contracts.nodeRegistry)).to.equal(0n);
      expect(await w.registry.getFunction("isNode")(node.address)).to.equal(false);
      const left = (await w.registry.getFunction("nodeOf")(node.address)) as Iterable<unknown>;
      expect(Array.from(left)).to.deep.equal([0n, 0n, 0n, "0x", ""]);
      expect(await w.registry.getFunction("canServe")(node.address, MODEL, 0n, ETHER)).to.equal(false);
      await call(w.registry, node, "register", [KEY, ENDPOINT], STAKE);
      expect(await w.registry.getFunction("nodeCount")()).to.equal(1n);
      expect(await w.registry.getFunction("canServe")(node.address, MODEL, STAKE, ETHER)).to.equal(true);
    });

    it("reverts without notice and given a second notice", async () => {
      const { registry, nodes } = await load(registered);
      await expect(call(registry, nodes[0], "exit", [])).to.be.revertedWithCustomError(
        registry,
        "NodeRegistry_TooEarly",
      );
      await call(registry, nodes[0], "requestExit", []);
      await expect(call(registry, nodes[0], "requestExit", [])).to.be.revertedWithCustomError(
        registry,
        "NodeRegistry_Exiting",
      );
    });

    it("reverts in the middle of a duty", async () => {
      const m = await load(market);
      const { node } = await accepted(m);
      await call(m.registry, node, "requestExit", []);
      await networkHelpers.time.increase((await m.registry.getFunction("exitDelay")()) as bigint);
      await expect(call(m.registry, node, "exit", []))
        .to.be.revertedWithCustomError(m.registry, "NodeRegistry_HasDuties")
        .withArgs(node.address, BOND);
    });
  });

  describe("what the hub alone may do", () => {
    for (const [method, args] of [
      ["lock", [1n]],
      ["unlock", [1n]],
      ["slash", [1n, 1n, ETHER]],
      ["recordDecline", [MODEL]],
      ["fulfil", [1n, MODEL]],
    ] as const) {
      it(`reverts given anybody else: ${method}`, async () => {
        const { registry, nodes, owner } = await load(registered);
        await expect(call(registry, owner, method, [nodes[0].address, ...args]))
          .to.be.revertedWithCustomError(registry, "NodeRegistry_NotHub")
          .withArgs(owner.address);
      });
    }
  });

  describe("lock and slash by the hub", () => {
    const asHub = async (w: World) => {
      await networkHelpers.impersonateAccount(w.contracts.hub);
      await networkHelpers.setBalance(w.contracts.hub, 10n ** 18n);
      return await ethers.getSigner(w.contracts.hub);
    };

    it("lock reverts given more than is free", async () => {
      const w = await load(registered);
      const hub = await asHub(w);
      const node = w.nodes[0].address;
      await call(w.registry, hub, "lock", [node, BOND]);
      await expect(call(w.registry, hub, "lock", [node, STAKE]))
        .to.be.revertedWithCustomError(w.registry, "NodeRegistry_NotEnoughFree")
        .withArgs(node, STAKE - BOND, STAKE);
    });

    it("declines suspend only so many in a row, and are counted from nothing after a suspension", async () => {
      const w = await load(registered);
      const hub = await asHub(w);
      const node = w.nodes[0].address;
      const most = Number(await w.registry.getFunction("maximumDeclines")());
      const can = async (): Promise<unknown> => await w.registry.getFunction("canServe")(node, MODEL, 1n, ETHER);
      const decline = async (times: number): Promise<void> => {
        for (let i = 0; i < times; i++) await call(w.registry, hub, "recordDecline", [node, MODEL]);
      };
      await decline(most - 1);
      expect(await can()).to.equal(true);
      expect(await standing(w, node, MODEL)).to.deep.equal([0n, BigInt(most - 1)]);
      const last = await call(w.registry, hub, "recordDecline", [node, MODEL]);
      const until = BigInt((await last.getBlock())!.timestamp) + (await suspension(w));
      await expect(last).to.emit(w.registry, "Suspended").withArgs(node, MODEL, until);
      expect(await can()).to.equal(false);
      expect(await standing(w, node, MODEL)).to.deep.equal([until, 0n]);
      await networkHelpers.time.increaseTo(until - 1n);
      expect(await can()).to.equal(false);
      await networkHelpers.time.increaseTo(until);
      expect(await can()).to.equal(true);
      await decline(most - 1);
      expect(await can()).to.equal(true);
    });

    it("declines, suspensions and results of a model are nothing to another model, nor to another node", async () => {
      const w = await load(registered);
      const [{ address: node }, other] = w.nodes;
      await call(w.registry, other, "register", [KEY, ENDPOINT], STAKE);
      const hub = await asHub(w);
      const most = Number(await w.registry.getFunction("maximumDeclines")());
      const can = w.registry.getFunction("canServe");
      for (let i = 0; i < most - 1; i++) await call(w.registry, hub, "recordDecline", [node, OTHER_MODEL]);
      for (let i = 0; i < most; i++) await call(w.registry, hub, "recordDecline", [node, MODEL]);
      expect(await can(node, MODEL, 1n, ETHER)).to.equal(false);
      expect(await can(node, OTHER_MODEL, 1n, ETHER)).to.equal(true);
      expect(await can(other.address, MODEL, 1n, ETHER)).to.equal(true);
      expect(await standing(w, other.address, MODEL)).to.deep.equal([0n, 0n]);
      await call(w.registry, hub, "fulfil", [node, 0n, MODEL]);
      await call(w.registry, hub, "fulfil", [other.address, 0n, OTHER_MODEL]);
      expect(await standing(w, node, OTHER_MODEL)).to.deep.equal([0n, BigInt(most - 1)]);
      await call(w.registry, hub, "fulfil", [node, 0n, OTHER_MODEL]);
      expect(await standing(w, node, OTHER_MODEL)).to.deep.equal([0n, 0n]);
      // A result ends no suspension.
      expect(await can(node, MODEL, 1n, ETHER)).to.equal(false);
    });

    it("leave what is locked out of what more duties can be had for", async () => {
      const w = await load(registered);
      const node = w.nodes[0].address;
      await call(w.registry, await asHub(w), "lock", [node, BOND]);
      const can = w.registry.getFunction("canServe");
      expect(await can(node, MODEL, STAKE - BOND, ETHER)).to.equal(true);
      expect(await can(node, MODEL, STAKE - BOND + 1n, ETHER)).to.equal(false);
    });

    it("slash reverts given a penalty above the bond", async () => {
      const w = await load(registered);
      const hub = await asHub(w);
      const node = w.nodes[0].address;
      await call(w.registry, hub, "lock", [node, BOND]);
      await expect(call(w.registry, hub, "slash", [node, BOND, BOND + 1n, ETHER]))
        .to.be.revertedWithCustomError(w.registry, "NodeRegistry_PenaltyTooLarge")
        .withArgs(BOND + 1n, BOND);
    });

    for (const penalty of [0n, 7n]) {
      it(`slash gives a penalty of ${penalty} to the beneficiary and the rest of the bond free`, async () => {
        const w = await load(registered);
        const hub = await asHub(w);
        const node = w.nodes[0].address as Hex;
        await call(w.registry, hub, "lock", [node, BOND]);
        await call(w.registry, hub, "slash", [node, BOND, penalty, w.stranger.address]);
        const { stake, locked } = (await getNode(ethers.provider, w.contracts, node))!;
        expect([stake, locked]).to.deep.equal([STAKE - penalty, 0n]);
        expect(await owed(w, w.stranger.address)).to.equal(penalty);
        expect(await owed(w, w.contracts.nodeRegistry)).to.equal(STAKE - penalty);
      });
    }
  });

  describe("canServe", () => {
    it("says no given exit, an unknown token, too little free stake or a stranger", async () => {
      const { registry, nodes, stranger, contracts } = await load(registered);
      const can = registry.getFunction("canServe");
      const { address } = nodes[0];
      expect(await can(address, MODEL, STAKE, ETHER)).to.equal(true);
      expect(await can(address, MODEL, STAKE + 1n, ETHER)).to.equal(false);
      expect(await can(address, MODEL, 1n, contracts.balances)).to.equal(false);
      expect(await can(stranger.address, MODEL, 0n, ETHER)).to.equal(false);
      await call(registry, nodes[0], "requestExit", []);
      expect(await can(address, MODEL, 1n, ETHER)).to.equal(false);
    });
  });
});
