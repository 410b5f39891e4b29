import { expect } from "chai";
import { type Contract, ZeroAddress } from "ethers";

import { getGrant, getMembership, getServingNodes } from "../../offchain/chain/access.ts";
import type { Hex } from "../../offchain/chain/types.ts";
import { readArtifact } from "../../scripts/deploy/artifacts.ts";
import { LOCAL_PARAMETERS } from "../../scripts/deploy/parameters.ts";
import {
  addNode,
  BOND,
  call,
  deployed,
  deployTesting,
  EPOCH,
  load,
  market,
  nextEpoch,
  STAKE,
  terms,
  version,
  type World,
} from "./support/fixture.ts";
import { ethers, networkHelpers } from "./support/network.ts";
import { bytes32, encryptionKey } from "./support/values.ts";

const ENVELOPE = bytes32("envelope");
const ZERO = `0x${"00".repeat(32)}`;

/** A model, and one node that is registered only. */
async function modelAndNode(): Promise<World> {
  const w = await deployed();
  await call(w.models, w.owner, "register", [terms(), version()]);
  await call(w.registry, w.nodes[0], "register", [encryptionKey(1), "https://node"], STAKE);
  return w;
}

async function authorised(): Promise<World> {
  const w = await modelAndNode();
  await call(w.access, w.owner, "authorise", [1, 1, w.nodes[0].address, ENVELOPE, "https://e"]);
  return w;
}

async function membersAt(access: Contract, epoch: bigint): Promise<readonly string[]> {
  const [nodes] = (await access.getFunction("membersAt")(1, 1, epoch)) as [readonly string[]];
  return Array.from(nodes);
}

const epochOf = async (access: Contract): Promise<bigint> => (await access.getFunction("currentEpoch")()) as bigint;

describe("ModelAccess", () => {
  describe("authorise", () => {
    it("keeps the node's envelope, and replaces it", async () => {
      const w = await load(modelAndNode);
      const node = w.nodes[0].address as Hex;
      expect(await getGrant(ethers.provider, w.contracts, 1n, 1, node)).to.equal(undefined);
      await expect(call(w.access, w.owner, "authorise", [1, 1, node, ENVELOPE, "https://e"]))
        .to.emit(w.access, "Authorised")
        .withArgs(1, 1, node, ENVELOPE, "https://e");
      await call(w.access, w.owner, "authorise", [1, 1, node, bytes32("new"), "https://new"]);
      expect(await getGrant(ethers.provider, w.contracts, 1n, 1, node)).to.deep.equal({
        envelopeRoot: bytes32("new"),
        envelopeUri: "https://new",
      });
    });

    it("reverts given another caller, an unknown version, no envelope or no node", async () => {
      const { access, owner, stranger, nodes } = await load(modelAndNode);
      const node = nodes[0].address;
      const refused = (from: typeof owner, args: readonly unknown[], error: string) =>
        expect(call(access, from, "authorise", args)).to.be.revertedWithCustomError(access, error);
      await refused(stranger, [1, 1, node, ENVELOPE, ""], "ModelAccess_NotOwner");
      await refused(owner, [1, 2, node, ENVELOPE, ""], "ModelAccess_UnknownVersion");
      await refused(owner, [1, 0, node, ENVELOPE, ""], "ModelAccess_UnknownVersion");
      await refused(owner, [1, 1, node, ZERO, ""], "ModelAccess_NoEnvelope");
      await refused(owner, [1, 1, stranger.address, ENVELOPE, ""], "ModelAccess_NotANode");
    });
  });

  describe("license", () => {
    it("keeps the licensee's envelope, replaces it and takes it back, and lets nobody serve by it", async () => {
      const { access, owner, nodes, stranger } = await load(modelAndNode);
      const licensee = stranger.address;
      const licence = async (): Promise<readonly unknown[]> =>
        Array.from((await access.getFunction("licenceOf")(1, 1, licensee)) as readonly unknown[]);
      expect(await licence()).to.deep.equal([ZERO, ""]);
      await expect(call(access, owner, "license", [1, 1, licensee, ENVELOPE, "https://e"]))
        .to.emit(access, "Licensed")
        .withArgs(1, 1, licensee, ENVELOPE, "https://e");
      expect(await licence()).to.deep.equal([ENVELOPE, "https://e"]);
      await call(access, owner, "license", [1, 1, licensee, bytes32("new"), "https://new"]);
      expect(await licence()).to.deep.equal([bytes32("new"), "https://new"]);
      await call(access, owner, "license", [1, 1, nodes[0].address, ENVELOPE, ""]);
      await expect(call(access, nodes[0], "join", [1, 1, BOND])).to.be.revertedWithCustomError(
        access,
        "ModelAccess_NotAuthorised",
      );
      await expect(call(access, owner, "revokeLicence", [1, 1, licensee]))
        .to.emit(access, "LicenceRevoked")
        .withArgs(1, 1, licensee);
      expect(await licence()).to.deep.equal([ZERO, ""]);
    });

    it("reverts given another caller, an unknown version, no envelope, nobody, or nothing to take back", async () => {
      const { access, owner, stranger } = await load(modelAndNode);
      const licensee = stranger.address;
      const refused = (from: typeof owner, method: string, args: readonly unknown[], error: string) =>
        expect(call(access, from, method, args)).to.be.revertedWithCustomError(access, error);
      await refused(stranger, "license", [1, 1, licensee, ENVELOPE, ""], "ModelAccess_NotOwner");
      await refused(owner, "license", [1, 0, licensee, ENVELOPE, ""], "ModelAccess_UnknownVersion");
      await refused(owner, "license", [1, 2, licensee, ENVELOPE, ""], "ModelAccess_UnknownVersion");
      await refused(owner, "license", [1, 1, licensee, ZERO, ""], "ModelAccess_NoEnvelope");
      await refused(owner, "license", [1, 1, ZeroAddress, ENVELOPE, ""], "ModelAccess_NoLicensee");
      await refused(owner, "revokeLicence", [1, 1, licensee], "ModelAccess_NotLicensed");
      await call(access, owner, "license", [1, 1, licensee, ENVELOPE, ""]);
      await refused(stranger, "revokeLicence", [1, 1, licensee], "ModelAccess_NotOwner");
    });
  });

  describe("join", () => {
    it("takes effect with the next epoch", async () => {
      const w = await load(authorised);
      const [node] = w.nodes;
      const epoch = await epochOf(w.access);
      await expect(call(w.access, node, "join", [1, 1, BOND]))
        .to.emit(w.access, "Joined")
        .withArgs(1, 1, node.address, BOND, epoch + 1n);
      expect(await getServingNodes(ethers.provider, w.contracts, 1n, 1)).to.deep.equal([]);
      expect(await w.access.getFunction("servedNow")(1, 1, 1)).to.deep.equal([epoch, false]);
      await nextEpoch();
      expect(await getServingNodes(ethers.provider, w.contracts, 1n, 1)).to.deep.equal([
        { node: node.address, bond: BOND },
      ]);
      expect(await w.access.getFunction("servedNow")(1, 1, 1)).to.deep.equal([epoch + 1n, true]);
      expect(await w.access.getFunction("servedNow")(1, 1, 2)).to.deep.equal([epoch + 1n, false]);
    });

    it("reverts given no authority, or a node that is gone", async () => {
      const { access, nodes, registry } = await load(authorised);
      await expect(call(access, nodes[1], "join", [1, 1, BOND])).to.be.revertedWithCustomError(
        access,
        "ModelAccess_NotAuthorised",
      );
      await call(registry, nodes[0], "requestExit", []);
      await networkHelpers.time.increase((await registry.getFunction("exitDelay")()) as bigint);
      await call(registry, nodes[0], "exit", []);
      await expect(call(access, nodes[0], "join", [1, 1, BOND])).to.be.revertedWithCustomError(
        access,
        "ModelAccess_NotANode",
      );
    });

    it("reverts a second time", async () => {
      const { access, nodes } = await load(authorised);
      await call(access, nodes[0], "join", [1, 1, BOND]);
      await expect(call(access, nodes[0], "join", [1, 1, BOND])).to.be.revertedWithCustomError(
        access,
        "ModelAccess_AlreadyJoined",
      );
    });

    it("reverts given a bond out of range or out of step", async () => {
      const { access, nodes } = await load(authorised);
      const least = LOCAL_PARAMETERS.access.minimumBond;
      const most = (await access.getFunction("maximumBond")()) as bigint;
      const unit = 10n ** 12n;
      for (const bond of [0n, least - unit, most + unit, least + 1n]) {
        await expect(call(access, nodes[0], "join", [1, 1, bond]))
          .to.be.revertedWithCustomError(access, "ModelAccess_BadBond")
          .withArgs(bond, least, most, unit);
      }
      await call(access, nodes[0], "join", [1, 1, most]);
      await nextEpoch();
      const [, bonds] = (await access.getFunction("membersAt")(1, 1, await epochOf(access))) as [unknown, bigint[]];
      expect(bonds[0]).to.equal(most);
    });
  });

  describe("resign and revoke", () => {
    for (const how of ["resign", "revoke"] as const) {
      it(`${how}: takes effect with the next epoch`, async () => {
        const w = await load(authorised);
        const [node] = w.nodes;
        await call(w.access, node, "join", [1, 1, BOND]);
        await nextEpoch();
        const epoch = await epochOf(w.access);
        if (how === "resign") await call(w.access, node, "resign", [1, 1]);
        else await call(w.access, w.owner, "revoke", [1, 1, node.address]);
        expect(await membersAt(w.access, epoch)).to.deep.equal([node.address]);
        await nextEpoch();
        expect(await membersAt(w.access, epoch + 1n)).to.deep.equal([]);
        const membership = await getMembership(ethers.provider, w.contracts, 1n, 1, node.address as Hex);
        expect(membership?.untilEpoch).to.equal(Number(epoch) + 1);
      });
    }

    it("revoke without a time of service takes the grant alone", async () => {
      const { access, owner, nodes } = await load(authorised);
      await expect(call(access, owner, "revoke", [1, 1, nodes[0].address]))
        .to.emit(access, "Revoked")
        .and.not.to.emit(access, "Left");
      await expect(call(access, owner, "revoke", [1, 1, nodes[0].address])).to.be.revertedWithCustomError(
        access,
        "ModelAccess_NotAuthorised",
      );
    });

    it("revert given another caller, or a node that has not joined", async () => {
      const { access, stranger, nodes } = await load(authorised);
      await expect(call(access, stranger, "revoke", [1, 1, nodes[0].address])).to.be.revertedWithCustomError(
        access,
        "ModelAccess_NotOwner",
      );
      await expect(call(access, nodes[0], "resign", [1, 1])).to.be.revertedWithCustomError(
        access,
        "ModelAccess_NotJoined",
      );
      await call(access, nodes[0], "join", [1, 1, BOND]);
      await call(access, nodes[0], "resign", [1, 1]);
      await expect(call(access, nodes[0], "resign", [1, 1])).to.be.revertedWithCustomError(
        access,
        "ModelAccess_NotJoined",
      );
    });
  });

  describe("membersAt", () => {
    it("is fixed for an epoch once it has begun, whoever joins and resigns in it and later", async () => {
      const m = await load(market);
      const epoch = await epochOf(m.access);
      const before = await membersAt(m.access, epoch);
      expect(before).to.deep.equal(m.nodes.map(({ address }) => address));
      await call(m.access, m.nodes[0], "resign", [1, 1]);
      await addNode(m, m.stranger, 4);
      expect(await membersAt(m.access, epoch)).to.deep.equal(before);
      await nextEpoch();
      await call(m.access, m.nodes[0], "join", [1, 1, BOND * 2n]);
      expect(await membersAt(m.access, epoch)).to.deep.equal(before);
      expect(await membersAt(m.access, epoch + 1n)).to.deep.equal([
        m.nodes[1].address,
        m.nodes[2].address,
        m.stranger.address,
      ]);
    });

    it("reverts given an epoch whose list is not kept any more", async () => {
      const m = await load(market);
      const epoch = await epochOf(m.access);
      await nextEpoch(LOCAL_PARAMETERS.access.retention + 1);
      await expect(m.access.getFunction("membersAt")(1, 1, epoch))
        .to.be.revertedWithCustomError(m.access, "ModelAccess_EpochGone")
        .withArgs(epoch, epoch + 1n);
      await m.access.getFunction("membersAt")(1, 1, epoch + 1n);
    });
  });

  describe("memberOf", () => {
    it("is empty for who never joined", async () => {
      const m = await load(market);
      const member = (await m.access.getFunction("memberOf")(1, 1, m.stranger.address)) as unknown[];
      expect(member.map(BigInt as (value: unknown) => bigint)).to.deep.equal([0n, 0n, 0n, 0n]);
    });
  });

  describe("the list", () => {
    it("reuses a place only when no readable epoch can see it", async () => {
      const m = await load(market);
      const [first] = m.nodes;
      await call(m.access, first, "resign", [1, 1]);
      await nextEpoch(LOCAL_PARAMETERS.access.retention);
      await call(m.access, first, "join", [1, 1, BOND]);
      await nextEpoch();
      const order = await membersAt(m.access, await epochOf(m.access));
      expect(order, "appended").to.deep.equal([m.nodes[1].address, m.nodes[2].address, first.address]);
      await addNode(m, m.stranger, 4);
      await nextEpoch();
      const reused = await membersAt(m.access, await epochOf(m.access));
      expect(reused[0], "in the first place").to.equal(m.stranger.address);
      expect((await getMembership(ethers.provider, m.contracts, 1n, 1, first.address as Hex))?.node).to.equal(
        first.address,
      );
    });

    it("forgets the membership of a node whose place was reused", async () => {
      const m = await load(market);
      const [first] = m.nodes;
      await call(m.access, first, "resign", [1, 1]);
      await nextEpoch(LOCAL_PARAMETERS.access.retention + 2);
      await addNode(m, m.stranger, 4);
      expect(await getMembership(ethers.provider, m.contracts, 1n, 1, first.address as Hex)).to.equal(undefined);
    });

    it("are counted from one, and the first is kept as long as any", async () => {
      const { access } = await load(deployed);
      const oldest = async () => (await access.getFunction("oldestEpoch")()) as bigint;
      expect([await epochOf(access), await oldest()]).to.deep.equal([1n, 1n]);
      const { retention } = LOCAL_PARAMETERS.access;
      await nextEpoch(retention - 1);
      expect([await epochOf(access), await oldest()]).to.deep.equal([BigInt(retention), 1n]);
      await nextEpoch(2);
      expect(await oldest()).to.equal(2n);
    });

    it("has room for others, however often a node joins and resigns in an epoch", async () => {
      const w = await load(authorised);
      const [first] = w.nodes;
      for (let i = 0; i < 65; i++) {
        await call(w.access, first, "join", [1, 1, BOND]);
        await call(w.access, first, "resign", [1, 1]);
      }
      await addNode(w, w.stranger, 4);
      await nextEpoch();
      expect(await membersAt(w.access, await epochOf(w.access))).to.deep.equal([w.stranger.address]);
    });

    it("reverts given more than 64 nodes", async () => {
      const w = await load(deployed);
      const everyone = await deployTesting("EverybodyServes");
      const { abi, bytecode } = readArtifact("ModelAccess");
      const [signer] = await ethers.getSigners();
      const made = await new ethers.ContractFactory(abi, bytecode, signer).deploy(
        everyone.target,
        everyone.target,
        EPOCH,
        1,
        BOND,
      );
      await made.waitForDeployment();
      const members = new ethers.Contract(made.target, abi, signer);
      for (let i = 0; i < 64; i++) {
        const address = `0x${(i + 4096).toString(16).padStart(40, "0")}`;
        await networkHelpers.setBalance(address, 10n ** 18n);
        await call(members, signer, "authorise", [1, 1, address, ENVELOPE, ""]);
        await networkHelpers.impersonateAccount(address);
        await call(members, await ethers.getSigner(address), "join", [1, 1, BOND]);
      }
      await call(members, signer, "authorise", [1, 1, w.user.address, ENVELOPE, ""]);
      await expect(call(members, w.user, "join", [1, 1, BOND]))
        .to.be.revertedWithCustomError(members, "ModelAccess_Full")
        .withArgs(1, 1, 64);
    });
  });
});
