import { expect } from "chai";
import { ContractFactory, VoidSigner, ZeroAddress } from "ethers";
import hre, { network } from "hardhat";

import { call } from "../../offchain/chain/call.ts";
import { CloakworkError } from "../../offchain/errors.ts";
import { readArtifact } from "../../scripts/deploy/artifacts.ts";
import { deployCloakwork } from "../../scripts/deploy/deploy-cloakwork.ts";
import { dryRun } from "../../scripts/deploy/dry-run.ts";
import { requireBlockHashSuitable } from "../../scripts/deploy/entropy-suitability.ts";
import { LOCAL_PARAMETERS, PUBLIC_PARAMETERS } from "../../scripts/deploy/parameters.ts";
import { deployedSources, verifyDeployment } from "../../scripts/deploy/verify.ts";
import { deployed, load } from "./support/fixture.ts";
import { keepHash, putHistory } from "./support/history.ts";
import { ethers, networkHelpers } from "./support/network.ts";

const SOURCES = deployedSources("blockhash");

async function failure(promise: Promise<unknown>): Promise<CloakworkError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof CloakworkError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** The history keeps the hash of the latest block's parent. */
async function withHistory(): Promise<void> {
  await putHistory(ethers.provider);
  await networkHelpers.mine(2);
  await keepHash(ethers.provider, (await networkHelpers.time.latestBlock()) - 1);
}

describe("Deployment", () => {
  for (const source of [...Object.values(SOURCES), deployedSources("blockhash-history").entropy]) {
    it(`keeps ${source} below 24,576 bytes (EIP-170)`, function () {
      // Code that counts coverage is larger.
      if (hre.globalOptions.coverage) this.skip();
      expect((readArtifact(source).deployedBytecode.length - 2) / 2).to.be.within(1, 24_575);
    });
  }

  describe("deployCloakwork", () => {
    it("deploys what verifies, and again beside the first", async () => {
      const [deployer] = await ethers.getSigners();
      const names: string[] = [];
      const first = await deployCloakwork(deployer, { onDeployed: (name) => names.push(name) });
      expect(names).to.have.members(Object.keys(SOURCES));
      const second = await deployCloakwork(deployer);
      expect(second.contracts.hub).not.to.equal(first.contracts.hub);
      await verifyDeployment(ethers.provider, first, LOCAL_PARAMETERS);
      await verifyDeployment(ethers.provider, second, LOCAL_PARAMETERS);
    });

    it("takes the parameters for public chains, too", async () => {
      const [deployer] = await ethers.getSigners();
      await deployCloakwork(deployer, { parameters: PUBLIC_PARAMETERS });
    });

    it("refuses a signer without a chain", async () => {
      const error = await failure(deployCloakwork(new VoidSigner(ZeroAddress)));
      expect(error.code).to.equal("NO_PROVIDER");
    });

    it("stops when aborted", async () => {
      const [deployer] = await ethers.getSigners();
      const controller = new AbortController();
      const names: string[] = [];
      const deploying = deployCloakwork(deployer, {
        signal: controller.signal,
        onDeployed: (name) => {
          names.push(name);
          controller.abort(new Error("enough"));
        },
      });
      let message = "";
      await deploying.catch((error: unknown) => (message = String(error)));
      expect(message).to.equal("Error: enough");
      expect(names).to.have.length(1);
    });
  });

  describe("entropy", () => {
    it("is refused on rollups and unknown chains", () => {
      for (const chainId of [10, 8453, 42161, 137, 424242]) {
        expect(() => {
          requireBlockHashSuitable(chainId);
        }).to.throw(CloakworkError, String(chainId));
      }
    });

    it("is taken on Ethereum, its test chains and local chains", () => {
      for (const chainId of [1, 11155111, 560048, 31337, 1337]) requireBlockHashSuitable(chainId);
    });

    const WITH_HISTORY = {
      ...LOCAL_PARAMETERS,
      entropy: { source: "blockhash-history", delay: 3 },
    } as const;

    it("comes from the chain's history where that is asked for, and the deployment verifies with that source only", async () => {
      const [deployer] = await ethers.getSigners();
      await load(withHistory);
      const deployment = await deployCloakwork(deployer, { parameters: WITH_HISTORY });
      expect(await call(ethers.provider, deployment.contracts, "entropy", "source")).to.deep.equal([
        "blockhash-history",
      ]);
      expect(await call(ethers.provider, deployment.contracts, "entropy", "delay")).to.deep.equal([3n]);
      const { message } = await failure(verifyDeployment(ethers.provider, deployment, LOCAL_PARAMETERS));
      expect(message).to.contain("entropy.source differs");
    });

    for (const [what, code] of [
      ["is not there", "0x"],
      ["refuses", "0x5f5ffd"],
      ["answers with nothing", "0x00"],
      ["has another hash for the latest block's parent", "0x5f195f5260205ff3"],
      ["adds to the hash", "0x5f545f5260215ff3"],
    ] as const) {
      it(`is refused before anything is sent where the history ${what}`, async () => {
        const [deployer] = await ethers.getSigners();
        await load(withHistory);
        await putHistory(ethers.provider, code);
        const nonce = await deployer.getNonce();
        for (const attempt of [
          () => deployCloakwork(deployer, { parameters: WITH_HISTORY }),
          () => dryRun(deployer, WITH_HISTORY),
        ]) {
          const error = await failure(attempt());
          expect(error.code).to.equal("ENTROPY_UNSUITABLE");
          expect(error.next).to.contain("Take the source blockhash");
        }
        expect(await deployer.getNonce()).to.equal(nonce);
      });
    }

    it("cannot come from the history of a chain with one block", async () => {
      const fresh = (await network.create()).ethers;
      const [deployer] = await fresh.getSigners();
      await putHistory(fresh.provider);
      const error = await failure(deployCloakwork(deployer, { parameters: WITH_HISTORY }));
      expect([error.code, error.next]).to.deep.equal(["ENTROPY_UNSUITABLE", "Deploy again when it has one."]);
    });
  });

  describe("verifyDeployment", () => {
    it("names other code", async () => {
      const { deployment } = await load(deployed);
      const { hub, balances } = deployment.contracts;
      const swapped = { ...deployment, contracts: { ...deployment.contracts, hub: balances, balances: hub } };
      expect((await failure(verifyDeployment(ethers.provider, swapped, LOCAL_PARAMETERS))).message).to.contain(
        "balances has other code",
      );
      const nothing = {
        ...deployment,
        contracts: { ...deployment.contracts, entropy: `0x${"12".repeat(20)}` as const },
      };
      expect((await failure(verifyDeployment(ethers.provider, nothing, LOCAL_PARAMETERS))).message).to.contain(
        "entropy has other code",
      );
    });

    it("names other wiring", async () => {
      const [deployer] = await ethers.getSigners();
      const a = await deployCloakwork(deployer);
      const b = await deployCloakwork(deployer);
      const mixed = { ...a, contracts: { ...a.contracts, keyRegistry: b.contracts.keyRegistry } };
      expect((await failure(verifyDeployment(ethers.provider, mixed, LOCAL_PARAMETERS))).message).to.contain(
        "hub.keys is not keyRegistry",
      );
    });

    it("names another parameter", async () => {
      const [deployer] = await ethers.getSigners();
      const deployment = await deployCloakwork(deployer);
      for (const part of ["hub", "disputes", "nodes", "access", "entropy"] as const) {
        for (const [name, value] of Object.entries(LOCAL_PARAMETERS[part])) {
          if (name === "source") continue;
          const changed = typeof value === "bigint" ? value + 1n : (value as number) + 1;
          const other = { ...LOCAL_PARAMETERS, [part]: { ...LOCAL_PARAMETERS[part], [name]: changed } };
          const { message } = await failure(verifyDeployment(ethers.provider, deployment, other));
          expect(message).to.match(new RegExp(`\\.${name} differs`));
        }
      }
    });
  });

  describe("constructors", () => {
    const A = `0x${"11".repeat(20)}`;
    const HUB = LOCAL_PARAMETERS.hub;
    const refused = async (source: string, args: readonly unknown[], error: string, name?: string): Promise<void> => {
      const [deployer] = await ethers.getSigners();
      const { abi, bytecode } = readArtifact(source);
      const factory = new ContractFactory(abi, bytecode, deployer);
      const attempt = expect(factory.deploy(...args)).to.be.revertedWithCustomError(factory, error);
      await (name === undefined ? attempt : attempt.withArgs(name));
    };

    const taken = async (source: string, args: readonly unknown[]): Promise<void> => {
      const [deployer] = await ethers.getSigners();
      const { abi, bytecode } = readArtifact(source);
      await (await new ContractFactory(abi, bytecode, deployer).deploy(...args)).waitForDeployment();
    };

    for (const source of ["entropy/BlockHashEntropy", "entropy/HistoryEntropy"]) {
      for (const delay of [0, 65]) {
        it(`refuse a ${source} with a delay of ${delay} blocks`, async () => {
          await refused(source, [delay], "BlockHashEntropy_BadDelay");
        });
      }
    }

    const YEAR = 365 * 24 * 3_600;
    const node = [A, A, A, 1n, 1, 1, 1] as const;
    for (const [at, name, values] of [
      [0, "balances", [ZeroAddress]],
      [1, "hub", [ZeroAddress]],
      [2, "disputes", [ZeroAddress]],
      [3, "minimumStake", [0n, 2n ** 128n]],
      [4, "exitDelay", [0, YEAR + 1]],
      [5, "maximumDeclines", [0]],
      [6, "suspension", [0, YEAR + 1]],
    ] as const) {
      it(`refuse a NodeRegistry with ${name} out of range`, async () => {
        for (const value of values) {
          await refused("NodeRegistry", node.with(at, value as never), "NodeRegistry_BadParameter", name);
        }
      });
    }

    const unit = 10n ** 12n;
    const access = [A, A, 1, 1, unit] as const;
    for (const [at, name, values] of [
      [0, "models", [ZeroAddress]],
      [1, "nodes", [ZeroAddress]],
      [2, "epochLength", [0]],
      [3, "retention", [0]],
      [4, "minimumBond", [0n, unit + 1n, 2n ** 32n * unit]],
    ] as const) {
      it(`refuse a ModelAccess with ${name} out of range`, async () => {
        for (const value of values) {
          await refused("ModelAccess", access.with(at, value as never), "ModelAccess_BadParameter", name);
        }
      });
    }

    const DAY = 24 * 3_600;
    const WIRING = { models: A, access: A, nodes: A, keys: A, balances: A, entropy: A, disputes: A };
    for (const [name, values] of [
      ["acceptWindow", [0, 7 * DAY + 1]],
      ["postWindow", [0, 30 * DAY + 1]],
      ["revealWindow", [0, 7 * DAY + 1]],
      ["challengeWindow", [0, 30 * DAY + 1]],
      ["minimumTime", [0]],
      ["maximumTime", [HUB.minimumTime - 1, 90 * DAY + 1]],
      ["missPenaltyBps", [10_001]],
      ["minorityPenaltyBps", [10_001]],
      ["auditFeeBps", [10_001]],
      ["maximumAttempts", [0, 33]],
      ["redrawFee", [0]],
    ] as const) {
      it(`refuse a hub with ${name} out of range`, async () => {
        for (const value of values) {
          const parameters = { ...HUB, [name]: value };
          await refused("HubExtension", [WIRING, parameters], "InferenceHub_BadParameter", name);
          await refused("InferenceHub", [WIRING, A, parameters], "InferenceHub_BadParameter", name);
        }
      });
    }

    for (const name of Object.keys(WIRING)) {
      it(`refuse a hub without ${name}`, async () => {
        const args = [{ ...WIRING, [name]: ZeroAddress }, A, HUB];
        await refused("InferenceHub", args, "InferenceHub_BadParameter", name);
      });
    }

    it("refuse a hub whose extension has no code", async () => {
      for (const extension of [ZeroAddress, A]) {
        await refused("InferenceHub", [WIRING, extension, HUB], "InferenceHub_BadParameter", "extension");
      }
    });

    const DISPUTES = LOCAL_PARAMETERS.disputes;
    for (const [at, name] of ["hub", "access", "nodes", "balances", "entropy"].entries()) {
      it(`refuse Disputes without ${name}`, async () => {
        const args = [A, A, A, A, A, DISPUTES].with(at, ZeroAddress);
        await refused("Disputes", args, "Disputes_BadParameter", name);
      });
    }

    for (const [name, values] of [
      ["challengerWindow", [0, 7 * DAY + 1]],
      ["drawWindow", [0, 7 * DAY + 1]],
      ["commitWindow", [0, 7 * DAY + 1]],
      ["revealWindow", [0, 7 * DAY + 1]],
      ["verdictWindow", [0, 7 * DAY + 1]],
      ["jurySize", [0, 2, 17]],
      ["auditBps", [10_001]],
      ["missPenaltyBps", [10_001]],
      ["challengeBond", [0, DISPUTES.jurorFee * 3n - 1n]],
    ] as const) {
      it(`refuse Disputes with ${name} out of range`, async () => {
        for (const value of values) {
          const args = [A, A, A, A, A, { ...DISPUTES, [name]: value }];
          await refused("Disputes", args, "Disputes_BadParameter", name);
        }
      });
    }

    it("refuse Disputes whose challenges cost nothing, jurors paid or not", async () => {
      const free = { ...DISPUTES, jurorFee: 0n, challengeBond: 0n };
      await refused("Disputes", [A, A, A, A, A, free], "Disputes_BadParameter", "challengeBond");
    });

    it("take what is just within range", async () => {
      await taken("entropy/BlockHashEntropy", [64]);
      await taken("entropy/HistoryEntropy", [64]);
      await taken("NodeRegistry", [A, A, A, 2n ** 128n - 1n, YEAR, 255, YEAR]);
      await taken("ModelAccess", [A, A, 1, 1, (2n ** 32n - 1n) * unit]);
      const longest = { acceptWindow: 7 * DAY, postWindow: 30 * DAY, revealWindow: 7 * DAY, challengeWindow: 30 * DAY };
      const shares = { missPenaltyBps: 10_000, minorityPenaltyBps: 10_000, auditFeeBps: 10_000, maximumAttempts: 32 };
      await taken("HubExtension", [WIRING, { ...HUB, ...longest, ...shares, maximumTime: 90 * DAY }]);
      await taken("HubExtension", [WIRING, { ...HUB, maximumTime: HUB.minimumTime }]);
      const windows = ["challengerWindow", "drawWindow", "commitWindow", "revealWindow", "verdictWindow"];
      const all = Object.fromEntries(windows.map((name) => [name, 7 * DAY]));
      const most = { ...all, auditBps: 10_000, missPenaltyBps: 10_000, jurySize: 15 };
      await taken("Disputes", [A, A, A, A, A, { ...DISPUTES, ...most, challengeBond: DISPUTES.jurorFee * 15n }]);
    });

    for (const [at, name] of ["hub", "balances"].entries()) {
      it(`refuse Callbacks without ${name}`, async () => {
        await refused("Callbacks", [A, A].with(at, ZeroAddress), "Callbacks_BadParameter", name);
      });
    }
  });
});
