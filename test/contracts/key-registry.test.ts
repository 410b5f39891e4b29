import { createHash } from "node:crypto";

import { expect } from "chai";
import type { Contract } from "ethers";

import { packsDigest } from "../../offchain/chain/bindings.ts";
import { getKeySet } from "../../offchain/chain/keys.ts";
import type { Hex } from "../../offchain/chain/types.ts";
import { call, deployed, load, pack, PARAMS, type World } from "./support/fixture.ts";
import { ethers } from "./support/network.ts";
import { bytes32 } from "./support/values.ts";

const ZERO = `0x${"00".repeat(32)}`;

interface Pack {
  readonly blobRoot: string;
  readonly residuesRoot: string;
  readonly size: bigint;
}

/** docs/protocol.md, "Key packs", with node:crypto. */
function commitment(packs: readonly Pack[]): string {
  let digest = Buffer.alloc(32);
  for (const { blobRoot, residuesRoot, size } of packs) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(size);
    digest = createHash("sha256")
      .update("cloakwork/packs/1")
      .update(digest)
      .update(Buffer.from(blobRoot.slice(2), "hex"))
      .update(Buffer.from(residuesRoot.slice(2), "hex"))
      .update(length)
      .digest();
  }
  return `0x${digest.toString("hex")}`;
}

const register = (packs: readonly unknown[]) => [bytes32("salt"), PARAMS, packs, bytes32("compact"), "https://keys"];

async function registered(): Promise<World & { id: Hex }> {
  const world = await deployed();
  await call(world.keys, world.user, "register", register([pack("a"), pack("b")]));
  const id = (await world.keys.getFunction("keySetIdOf")(world.user.address, bytes32("salt"), PARAMS)) as Hex;
  return { ...world, id };
}

const refused = (contract: Contract, sent: Promise<unknown>, error: string) =>
  expect(sent).to.be.revertedWithCustomError(contract, error);

describe("KeyRegistry", () => {
  describe("register", () => {
    it("names the set as the formats say, keeps the packs in order and commits to them", async () => {
      const { keys, user, contracts } = await load(deployed);
      const hash = createHash("sha256")
        .update("cloakwork/keyset/1")
        .update(Buffer.from(user.address.slice(2), "hex"))
        .update(Buffer.from(bytes32("salt").slice(2), "hex"))
        .update(Buffer.from(PARAMS.slice(2), "hex"));
      const id: Hex = `0x${hash.digest("hex")}`;
      await expect(call(keys, user, "register", register([pack("a"), pack("b")])))
        .to.emit(keys, "KeySetRegistered")
        .withArgs(id, user.address, PARAMS, bytes32("salt"), bytes32("compact"), "https://keys");
      const keySet = await getKeySet(ethers.provider, contracts, id);
      expect(keySet.owner).to.equal(user.address);
      expect(keySet).to.include({ revoked: false, compactPublicKeyRoot: bytes32("compact"), uri: "https://keys" });
      expect(keySet.packs.map(({ blobRoot }) => blobRoot)).to.deep.equal([bytes32("a blob"), bytes32("b blob")]);
      expect(keySet.packsDigest).to.equal(commitment([pack("a"), pack("b")]));
      expect(packsDigest(keySet.packs)).to.equal(keySet.packsDigest);
    });

    it("reverts given the same salt again", async () => {
      const { keys, user, id } = await load(registered);
      await expect(call(keys, user, "register", register([pack("c")])))
        .to.be.revertedWithCustomError(keys, "KeyRegistry_AlreadyRegistered")
        .withArgs(id);
    });

    it("reverts given no parameters, no packs, too many, or a pack with something missing", async () => {
      const { keys, user } = await load(deployed);
      const attempt = (args: readonly unknown[]) => call(keys, user, "register", args);
      await refused(keys, attempt([bytes32("s"), ZERO, [pack("a")], ZERO, ""]), "KeyRegistry_NoParameters");
      await refused(keys, attempt(register([])), "KeyRegistry_BadPackCount");
      await refused(keys, attempt(register(Array.from({ length: 17 }, () => pack("a")))), "KeyRegistry_BadPackCount");
      for (const gap of [{ blobRoot: ZERO }, { residuesRoot: ZERO }, { size: 0n }]) {
        await refused(keys, attempt(register([pack("a"), { ...pack("b"), ...gap }])), "KeyRegistry_BadPack");
      }
    });
  });

  describe("appendPacks", () => {
    it("continues the commitment", async () => {
      const { keys, user, id, contracts } = await load(registered);
      await expect(call(keys, user, "appendPacks", [id, [pack("c")]])).to.emit(keys, "PackAppended");
      const keySet = await getKeySet(ethers.provider, contracts, id);
      expect(keySet.packsDigest).to.equal(commitment([pack("a"), pack("b"), pack("c")]));
    });

    it("reverts given another caller, an unknown or a revoked set", async () => {
      const { keys, user, stranger, id } = await load(registered);
      const packs = [pack("c")];
      await refused(keys, call(keys, stranger, "appendPacks", [id, packs]), "KeyRegistry_NotOwner");
      await refused(keys, call(keys, user, "appendPacks", [PARAMS, packs]), "KeyRegistry_UnknownKeySet");
      await call(keys, user, "revoke", [id]);
      await refused(keys, call(keys, user, "appendPacks", [id, packs]), "KeyRegistry_Revoked");
    });

    it("reverts given a 65th pack", async () => {
      const { keys, user, id } = await load(registered);
      const sixteen = Array.from({ length: 16 }, (_, i) => pack(String(i)));
      for (let i = 0; i < 3; i++) await call(keys, user, "appendPacks", [id, sixteen]);
      await call(keys, user, "appendPacks", [id, sixteen.slice(0, 14)]);
      await expect(call(keys, user, "appendPacks", [id, [pack("one more")]]))
        .to.be.revertedWithCustomError(keys, "KeyRegistry_BadPackCount")
        .withArgs(65);
    });
  });

  describe("the rest", () => {
    it("is the owner's alone", async () => {
      const { keys, stranger, id } = await load(registered);
      await refused(keys, call(keys, stranger, "revoke", [id]), "KeyRegistry_NotOwner");
      await refused(keys, call(keys, stranger, "setUri", [id, "x"]), "KeyRegistry_NotOwner");
      await refused(keys, call(keys, stranger, "setDelegate", [id, stranger.address, true]), "KeyRegistry_NotOwner");
    });

    it("moves the packs elsewhere and revokes once", async () => {
      const { keys, user, id, contracts } = await load(registered);
      await call(keys, user, "setUri", [id, "https://elsewhere"]);
      await call(keys, user, "revoke", [id]);
      const keySet = await getKeySet(ethers.provider, contracts, id);
      expect(keySet.uri).to.equal("https://elsewhere");
      expect(keySet.revoked).to.equal(true);
      await refused(keys, call(keys, user, "revoke", [id]), "KeyRegistry_Revoked");
    });
  });

  describe("bindingOf", () => {
    const allowed = async (keys: Contract, id: Hex, who: string): Promise<boolean> =>
      ((await keys.getFunction("bindingOf")(id, who)) as { allowed: boolean }).allowed;

    it("allows owner and delegates, and nobody once revoked", async () => {
      const { keys, user, stranger, owner, id } = await load(registered);
      await call(keys, user, "setDelegate", [id, stranger.address, true]);
      expect(await allowed(keys, id, user.address)).to.equal(true);
      expect(await allowed(keys, id, stranger.address)).to.equal(true);
      expect(await allowed(keys, id, owner.address)).to.equal(false);
      await call(keys, user, "setDelegate", [id, stranger.address, false]);
      expect(await allowed(keys, id, stranger.address)).to.equal(false);
      await call(keys, user, "revoke", [id]);
      expect(await allowed(keys, id, user.address)).to.equal(false);
    });

    it("reverts given an unknown set", async () => {
      const { keys, user } = await load(deployed);
      await refused(keys, keys.getFunction("bindingOf")(PARAMS, user.address), "KeyRegistry_UnknownKeySet");
      await refused(keys, keys.getFunction("keySetOf")(PARAMS), "KeyRegistry_UnknownKeySet");
    });
  });
});
