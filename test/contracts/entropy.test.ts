import { expect } from "chai";
import { AbiCoder, Contract, ContractFactory, keccak256 } from "ethers";

import { readArtifact } from "../../scripts/deploy/artifacts.ts";
import { ethers, networkHelpers } from "./support/network.ts";

const STATUS = { pending: 0n, ready: 1n, expired: 2n };

async function entropy(delay: number): Promise<Contract> {
  const [signer] = await ethers.getSigners();
  const { abi, bytecode } = readArtifact("entropy/BlockHashEntropy");
  const made = await new ContractFactory(abi, bytecode, signer).deploy(delay);
  await made.waitForDeployment();
  return new Contract(made.target, abi, signer);
}

async function statusOf(source: Contract, round: bigint): Promise<bigint> {
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
    const [, seed] = (await source.getFunction("seedOf")(round)) as [bigint, string];
    const encoded = AbiCoder.defaultAbiCoder().encode(["uint256", "uint64", "bytes32"], [31337, round, block?.hash]);
    expect(seed).to.equal(keccak256(encoded));
  });
});
