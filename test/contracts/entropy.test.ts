import { expect } from "chai";
import { AbiCoder, Contract, ContractFactory, Interface, keccak256 } from "ethers";

import { decodeContractError } from "../../offchain/chain/contract-errors.ts";
import { readArtifact } from "../../scripts/deploy/artifacts.ts";
import { LOCAL_PARAMETERS } from "../../scripts/deploy/parameters.ts";
import { assign, call, load, marketWith, request } from "./support/fixture.ts";
import { HISTORY, keepHash, putHistory } from "./support/history.ts";
import { ethers, networkHelpers } from "./support/network.ts";

const STATUS = { pending: 0n, ready: 1n, expired: 2n };

/** What a contract in the history's place answers. */
const ANSWERS = {
  nothing: "0x",
  ones: "0x5f195f5260205ff3",
  // Reads memory far away before it answers: 5,000 and 6,300 words.
  dear: "0x620270e051505f195f5260205ff3",
  dearer: "0x6203138051505f195f5260205ff3",
};

async function entropy(delay: number, contract = "BlockHashEntropy"): Promise<Contract> {
  const [signer] = await ethers.getSigners();
  const { abi, bytecode } = readArtifact(`entropy/${contract}`);
  const made = await new ContractFactory(abi, bytecode, signer).deploy(delay);
  await made.waitForDeployment();
  return new Contract(made.target, abi, signer);
}

async function statusOf(source: Contract, round: bigint | number): Promise<bigint> {
  const [status, seed] = (await source.getFunction("seedOf")(round)) as [bigint, string];
  if (status !== STATUS.ready) expect(seed).to.equal(`0x${"00".repeat(32)}`);
  return status;
}

describe("BlockHashEntropy", () => {
  it("says where its seeds come from", async () => {
    expect(await (await entropy(2)).getFunction("source")()).to.equal("blockhash");
  });

  it("is pending until the block after the round's, then ready for 256 blocks, then expired", async () => {
    const source = await entropy(3);
    const round = (await source.getFunction("commit")()) as bigint;
    expect(round).to.equal(BigInt(await networkHelpers.time.latestBlock()) + 3n);
    for (let block = 0; block < 4; block++) {
      expect(await statusOf(source, round)).to.equal(STATUS.pending);
      await networkHelpers.mine(1);
    }
    expect(await statusOf(source, round)).to.equal(STATUS.ready);
    await networkHelpers.mine(255);
    expect(await statusOf(source, round)).to.equal(STATUS.ready);
    await networkHelpers.mine(1);
    expect(await statusOf(source, round)).to.equal(STATUS.expired);
  });

  it("makes the seed of the block's hash, the chain's id and the round", async () => {
    const source = await entropy(1);
    const round = await networkHelpers.time.latestBlock();
    await networkHelpers.mine(1);
    const block = await ethers.provider.getBlock(round);
    expect(await seedOf(source, round)).to.equal(seedFrom(round, block?.hash));
  });
});

describe("HistoryEntropy", () => {
  it("says where its seeds come from", async () => {
    const { source } = await load(history);
    expect(await source.getFunction("source")()).to.equal("blockhash-history");
  });

  it("has all that BlockHashEntropy has, so that one interface does for both", () => {
    const fragments = (name: string): string[] => new Interface(readArtifact(`entropy/${name}`).abi).format(false);
    expect(fragments("HistoryEntropy")).to.include.members(fragments("BlockHashEntropy"));
  });

  it("is pending until the block after the round's, whatever the history says", async () => {
    const { source } = await load(history);
    await putHistory(ethers.provider, ANSWERS.ones);
    const round = (await source.getFunction("commit")()) as bigint;
    expect(round).to.equal(BigInt(await networkHelpers.time.latestBlock()) + 1n);
    expect(await statusOf(source, round)).to.equal(STATUS.pending);
    await networkHelpers.mine(1);
    expect(await statusOf(source, round)).to.equal(STATUS.pending);
    expect(await statusOf(source, 2n ** 64n - 1n)).to.equal(STATUS.pending);
    await networkHelpers.mine(1);
    expect(await seedOf(source, round)).to.equal(await seedOf(await entropy(1), round));
  });

  it("gives one seed for 8,191 blocks: by block hash 256, by the history the others", async () => {
    const { source, round } = await load(history);
    const seed = seedFrom(round, (await ethers.provider.getBlock(round))?.hash);
    await networkHelpers.mineUpTo(round + 1);
    expect(await seedOf(source, round)).to.equal(seed);
    // What the history says is not asked for before.
    await putHistory(ethers.provider, ANSWERS.nothing);
    await networkHelpers.mineUpTo(round + 256);
    expect(await seedOf(source, round)).to.equal(seed);
    await networkHelpers.mine(1);
    expect(await statusOf(source, round)).to.equal(STATUS.expired);
    await putHistory(ethers.provider);
    expect(await seedOf(source, round)).to.equal(seed);
    await networkHelpers.mineUpTo(round + 8_191);
    expect(await seedOf(source, round)).to.equal(seed);
    await networkHelpers.mine(1);
    expect(await statusOf(source, round)).to.equal(STATUS.expired);
  });

  it("knows no seed whose hash the history was not told", async () => {
    const { source, round } = await load(history);
    await networkHelpers.mineUpTo(round + 300);
    expect(await statusOf(source, round + 1)).to.equal(STATUS.expired);
    expect(await statusOf(source, round)).to.equal(STATUS.ready);
  });

  for (const [what, code] of [
    ["is not there", "0x"],
    ["is Hardhat's, which refuses", undefined],
    ["answers with nothing", "0x00"],
    ["answers with a zero", "0x60205ff3"],
    ["answers with 31 bytes", "0x5f195f52601f5ff3"],
    ["answers with 33 bytes", "0x5f195f5260215ff3"],
    ["answers with 192 KiB", "0x620300005ff3"],
    ["refuses", "0x5f5ffd"],
    ["refuses with 192 KiB", "0x620300005ffd"],
    ["fails", "0xfe"],
    ["does not end", "0x5b5f56"],
  ] as const) {
    it(`knows no older seed where the history ${what}, and takes little gas to say so`, async () => {
      const { source, round, original } = await load(history);
      await networkHelpers.mineUpTo(round + 257);
      await putHistory(ethers.provider, code ?? original);
      const [status, seed] = (await source.getFunction("seedOf")(round, { gasLimit: 130_000 })) as [bigint, string];
      expect([status, seed]).to.deep.equal([STATUS.expired, `0x${"00".repeat(32)}`]);
      await putHistory(ethers.provider, ANSWERS.ones);
      expect(await seedOf(source, round)).to.equal(seedFrom(round, `0x${"ff".repeat(32)}`));
    });
  }

  for (const [what, code] of [
    ["as it is", undefined],
    ["that takes 64,000 gas to answer", ANSWERS.dear],
    ["that takes 97,000 gas to answer", ANSWERS.dearer],
  ] as const) {
    it(`does not look expired to whoever sends too little gas, with a history ${what}`, async () => {
      const { source, round } = await load(history);
      await networkHelpers.mineUpTo(round + 257);
      await putHistory(ethers.provider, code);
      const outcomes = new Set<string>();
      for (let gasLimit = 21_500; gasLimit < 140_000; gasLimit += gasLimit < 32_000 ? 25 : 300) {
        outcomes.add(
          await source
            .getFunction("seedOf")(round, { gasLimit })
            .then(
              ([status]: [bigint]) => (status === STATUS.ready ? "ready" : "not ready"),
              (error: unknown) => decodeContractError(error).code,
            ),
        );
      }
      expect(outcomes).to.include("ready");
      expect(outcomes).not.to.include("not ready");
      // As it is, the question takes so little that nothing is left to say why it failed.
      if (code === undefined) expect(outcomes).not.to.include("HISTORY_ENTROPY_NOT_ENOUGH_GAS");
      else expect(outcomes).to.include("HISTORY_ENTROPY_NOT_ENOUGH_GAS");
    });
  }

  it("lets a draw be carried out that would have expired", async () => {
    const m = await load(historyMarket);
    const requestId = await request(m, { deadline: (await networkHelpers.time.latest()) + 5_000 });
    const { drawRound } = (await m.hub.getFunction("requestOf")(requestId)) as unknown as { drawRound: bigint };
    await networkHelpers.mine(400);
    await expect(call(m.hub, m.stranger, "assign", [requestId])).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_DrawExpired",
    );
    await keepHash(ethers.provider, Number(drawRound));
    await expect(call(m.hub, m.stranger, "redraw", [requestId], m.parameters.redrawFee)).to.be.revertedWithCustomError(
      m.hub,
      "InferenceHub_DrawNotExpired",
    );
    expect((await assign(m, requestId)).address).to.be.oneOf(m.nodes.map((node) => node.address));
  });
});

/** A source, a history as the EIP has it, and a round two blocks old whose hash it keeps. */
async function history(): Promise<{ source: Contract; round: number; original: string }> {
  const original = await ethers.provider.getCode(HISTORY);
  const source = await entropy(1, "HistoryEntropy");
  await putHistory(ethers.provider);
  const round = await networkHelpers.time.latestBlock();
  await keepHash(ethers.provider, round);
  return { source, round, original };
}

async function historyMarket() {
  await putHistory(ethers.provider);
  await networkHelpers.mine(1);
  await keepHash(ethers.provider, (await networkHelpers.time.latestBlock()) - 1);
  const { entropy, ...others } = LOCAL_PARAMETERS;
  return await marketWith({ ...others, entropy: { ...entropy, source: "blockhash-history" } });
}

async function seedOf(source: Contract, round: bigint | number): Promise<string> {
  const [status, seed] = (await source.getFunction("seedOf")(round)) as [bigint, string];
  expect(status).to.equal(STATUS.ready);
  return seed;
}

function seedFrom(round: number, hash: string | null | undefined): string {
  return keccak256(AbiCoder.defaultAbiCoder().encode(["uint256", "uint64", "bytes32"], [31337, round, hash]));
}
