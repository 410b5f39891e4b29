import { expect } from "chai";
import { AbiCoder, type Contract, id, type Interface, keccak256, type ParamType, ZeroAddress } from "ethers";

import type { Hex } from "../../offchain/chain/types.ts";
import { readArtifact } from "../../scripts/deploy/artifacts.ts";
import { call, deployTesting, load, market, requestParams, terms } from "./support/fixture.ts";
import { ethers, networkHelpers } from "./support/network.ts";

const REFUSED = id("ReentrancyGuardReentrantCall()").slice(0, 10);

/** Something of a type, whatever it is. */
function anything(type: ParamType): unknown {
  if (type.baseType === "array") return [];
  if (type.baseType === "tuple") return (type.components ?? []).map(anything);
  if (type.type === "address") return ZeroAddress;
  if (type.type === "bytes" || type.type === "string") return type.type === "bytes" ? "0x" : "";
  return type.type.startsWith("bytes") ? `0x${"00".repeat(Number(type.type.slice(5)))}` : 0;
}

function callOf(abi: Interface, name: string): string {
  const inputs = abi.getFunction(name)?.inputs ?? [];
  return abi.encodeFunctionData(name, inputs.map(anything));
}

/** A token that calls somebody in the middle of a transfer, and a model that is paid in it. */
async function oddMarket() {
  const m = await market();
  const [holder] = await ethers.getSigners();
  const token = await deployTesting("OddToken");
  const address = (await token.getAddress()) as Hex;
  await call(token, holder, "transfer", [m.user.address, 100_000n]);
  await call(m.models, m.owner, "setTerms", [1, terms({ token: address })]);
  return { ...m, token, address };
}

describe("Reentrancy", () => {
  const tried = async (token: Contract, target: Contract, name: string, during: () => Promise<unknown>) => {
    const [holder] = await ethers.getSigners();
    await call(token, holder, "setHook", [target.target, callOf(target.interface, name)]);
    await during();
    return {
      reentered: (await token.getFunction("reentered")()) as boolean,
      answer: ((await token.getFunction("answer")()) as string).slice(0, 10),
    };
  };

  for (const name of [
    "request",
    "requestWithPermit",
    "cancel",
    "assign",
    "redraw",
    "accept",
    "decline",
    "reassign",
    "commit",
    "reveal",
    "close",
    "reject",
    "post",
    "settle",
    "refund",
  ]) {
    it(`refuses the hub's ${name} while a token is paid`, async () => {
      const m = await load(oddMarket);
      const pay = async () => call(m.hub, m.user, "request", [await requestParams(m, { token: m.address })]);
      expect(await tried(m.token, m.hub, name, pay)).to.deep.equal({ reentered: false, answer: REFUSED });
    });
  }

  for (const name of ["hold", "dispute", "resolve"]) {
    it(`refuses the hub's ${name} while a token is paid, even from the contract for disputes`, async () => {
      const m = await load(market);
      const { abi, deployedBytecode } = readArtifact("testing/OddToken");
      const address = m.contracts.disputes;
      await networkHelpers.setCode(address, deployedBytecode);
      const words = ["address", "uint256"];
      const balance = keccak256(AbiCoder.defaultAbiCoder().encode(words, [m.user.address, 0]));
      await networkHelpers.setStorageAt(address, balance, 100_000n);
      const [holder] = await ethers.getSigners();
      await call(m.models, m.owner, "setTerms", [1, terms({ token: address })]);
      const pay = async () => call(m.hub, m.user, "request", [await requestParams(m, { token: address })]);
      const token = new ethers.Contract(address, abi, holder);
      expect(await tried(token, m.hub, name, pay)).to.deep.equal({ reentered: false, answer: REFUSED });
    });
  }

  for (const name of ["deposit", "depositToken", "credit", "move", "moveMany", "burn", "withdraw"]) {
    it(`refuses the vault's ${name} while a token is deposited, and while one is withdrawn`, async () => {
      const m = await load(oddMarket);
      const refused = { reentered: false, answer: REFUSED };
      const deposit = async () => call(m.balances, m.user, "depositToken", [m.address, m.user.address, 50n]);
      expect(await tried(m.token, m.balances, name, deposit)).to.deep.equal(refused);
      const withdraw = async () => call(m.balances, m.user, "withdraw", [m.address, m.user.address, 50n]);
      expect(await tried(m.token, m.balances, name, withdraw)).to.deep.equal(refused);
    });
  }
});
