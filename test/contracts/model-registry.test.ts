import { expect } from "chai";

import { getModel, getModelVersion } from "../../offchain/chain/models.ts";
import { call, deployed, load, plan, terms, version, type World } from "./support/fixture.ts";
import { ethers } from "./support/network.ts";
import { bytes32 } from "./support/values.ts";

const ZERO = `0x${"00".repeat(32)}`;
const STATUS = { none: 0, active: 1, paused: 2, retired: 3 };

async function registered(): Promise<World> {
  const world = await deployed();
  await call(world.models, world.owner, "register", [terms(), version()]);
  return world;
}

describe("ModelRegistry", () => {
  describe("register", () => {
    it("gives the caller the token, active, with its terms and first version", async () => {
      const { models, owner, contracts } = await load(deployed);
      await expect(call(models, owner, "register", [terms(), version()]))
        .to.emit(models, "Registered")
        .and.to.emit(models, "VersionPublished");
      expect(await models.getFunction("ownerOf")(1)).to.equal(owner.address);
      expect(await models.getFunction("modelCount")()).to.equal(1n);
      expect(await getModel(ethers.provider, contracts, 1n)).to.deep.equal({
        modelId: 1n,
        owner: owner.address,
        status: "active",
        versions: 1,
        terms: terms(),
      });
      const first = await getModelVersion(ethers.provider, contracts, 1n, 1);
      expect(first.noiseRoot).to.equal(bytes32("noise"));
      expect(first.plans).to.have.length(2);
      expect(first.plans[1]).to.deep.equal({
        ...plan({ planDigest: bytes32("batch plan"), units: 10 }),
        semantics: "seal-4.1",
      });
    });

    it("reverts given no plans or more than 16", async () => {
      const { models, owner } = await load(deployed);
      for (const count of [0, 17]) {
        const plans = Array.from({ length: count }, () => plan());
        await expect(call(models, owner, "register", [terms(), version({ plans })]))
          .to.be.revertedWithCustomError(models, "ModelRegistry_BadPlanCount")
          .withArgs(count);
      }
    });

    for (const field of ["planDigest", "weightsRoot", "packageRoot", "paramsDigest", "semantics", "units"]) {
      it(`reverts given a plan without ${field}`, async () => {
        const { models, owner } = await load(deployed);
        const plans = [plan(), plan({ [field]: field === "units" ? 0 : ZERO })];
        await expect(call(models, owner, "register", [terms(), version({ plans })]))
          .to.be.revertedWithCustomError(models, "ModelRegistry_BadPlan")
          .withArgs(1);
      });
    }

    for (const field of ["noiseRoot", "manifestRoot"]) {
      it(`reverts given a version without ${field}`, async () => {
        const { models, owner } = await load(deployed);
        await expect(
          call(models, owner, "register", [terms(), version({ [field]: ZERO })]),
        ).to.be.revertedWithCustomError(models, "ModelRegistry_BadVersion");
      });
    }
  });

  describe("publish", () => {
    it("appends a version and leaves the older ones as they were", async () => {
      const { models, owner, contracts } = await load(registered);
      const before = await getModelVersion(ethers.provider, contracts, 1n, 1);
      await call(models, owner, "publish", [
        1,
        version({ noiseRoot: bytes32("other noise"), manifestUri: "https://2" }),
      ]);
      expect(await getModelVersion(ethers.provider, contracts, 1n, 1)).to.deep.equal(before);
      expect((await getModelVersion(ethers.provider, contracts, 1n, 2)).noiseRoot).to.equal(bytes32("other noise"));
      expect(await models.getFunction("tokenURI")(1)).to.equal(`https://2/blobs/${bytes32("manifest")}`);
    });
  });

  describe("what the owner may change", () => {
    it("is terms and status", async () => {
      const { models, owner, contracts } = await load(registered);
      await call(models, owner, "setTerms", [1, terms({ modelFee: 9n })]);
      await call(models, owner, "setStatus", [1, STATUS.paused]);
      const model = await getModel(ethers.provider, contracts, 1n);
      expect(model.terms.modelFee).to.equal(9n);
      expect(model.status).to.equal("paused");
    });

    for (const [method, args] of [
      ["publish", [1, version()]],
      ["setTerms", [1, terms()]],
      ["setStatus", [1, STATUS.paused]],
    ] as const) {
      it(`cannot be changed by others: ${method}`, async () => {
        const { models, stranger } = await load(registered);
        await expect(call(models, stranger, method, args))
          .to.be.revertedWithCustomError(models, "ModelRegistry_NotOwner")
          .withArgs(1, stranger.address);
      });

      it(`goes with the token: ${method}`, async () => {
        const { models, owner, user } = await load(registered);
        await call(models, owner, "transferFrom", [owner.address, user.address, 1]);
        await expect(call(models, owner, method, args)).to.be.revertedWithCustomError(models, "ModelRegistry_NotOwner");
        await call(models, user, method, args);
      });

      it(`is over once retired: ${method}`, async () => {
        const { models, owner } = await load(registered);
        await call(models, owner, "setStatus", [1, STATUS.retired]);
        await expect(call(models, owner, method, args))
          .to.be.revertedWithCustomError(models, "ModelRegistry_Retired")
          .withArgs(1);
      });
    }

    it("is never status None", async () => {
      const { models, owner } = await load(registered);
      await expect(call(models, owner, "setStatus", [1, STATUS.none])).to.be.revertedWithCustomError(
        models,
        "ModelRegistry_BadStatus",
      );
    });
  });

  describe("views", () => {
    it("revert given an unknown model, version or plan", async () => {
      const { models, owner } = await load(registered);
      const refused = (method: string, args: readonly unknown[], error: string) =>
        expect(models.getFunction(method)(...args)).to.be.revertedWithCustomError(models, error);
      await refused("modelOf", [2], "ModelRegistry_UnknownModel");
      await refused("tokenURI", [2], "ModelRegistry_UnknownModel");
      await refused("versionOf", [2, 1], "ModelRegistry_UnknownModel");
      await refused("versionOf", [1, 0], "ModelRegistry_UnknownVersion");
      await refused("versionOf", [1, 2], "ModelRegistry_UnknownVersion");
      await refused("offerOf", [1, 2, 0], "ModelRegistry_UnknownVersion");
      await refused("offerOf", [1, 0, 0], "ModelRegistry_UnknownVersion");
      await refused("offerOf", [2, 1, 0], "ModelRegistry_UnknownModel");
      await refused("offerOf", [1, 1, 2], "ModelRegistry_UnknownPlan");
      await expect(call(models, owner, "setTerms", [2, terms()])).to.be.revertedWithCustomError(
        models,
        "ModelRegistry_UnknownModel",
      );
    });
  });
});
