import { globSync, readFileSync } from "node:fs";

import { expect } from "chai";
import { Interface, type InterfaceAbi } from "ethers";

import { ERROR_INTERFACES } from "../../../offchain/chain/contracts.ts";
import { contractErrorCode } from "../../../offchain/chain/contract-errors.ts";
import { ERROR_SENTENCES } from "../../../offchain/chain/error-sentences.ts";
import { abiSource } from "../../../scripts/deploy/abi-source.ts";

const errors = new Map(
  ERROR_INTERFACES.flatMap((contract) =>
    contract.fragments
      .filter((fragment) => fragment.type === "error")
      .map((fragment) => [fragment.format("minimal"), fragment]),
  ),
);

describe("offchain/chain/abi.ts", () => {
  it("is what the compiled contracts say: run `node scripts/generate-abi.ts` when they have changed", async () => {
    expect(readFileSync("offchain/chain/abi.ts", "utf8")).to.equal(await abiSource());
  });

  it("holds the custom errors of all contracts", () => {
    const compiled = globSync("artifacts/contracts/**/*.sol/*.json", { exclude: ["artifacts/contracts/testing/**"] });
    const missing = compiled.flatMap((file) => {
      const { abi } = JSON.parse(readFileSync(file, "utf8")) as { abi: InterfaceAbi };
      const contract = new Interface(abi).fragments.filter(({ type }) => type === "error");
      return contract.map((fragment) => fragment.format("minimal")).filter((format) => !errors.has(format));
    });
    expect(compiled.length).to.be.greaterThan(20);
    expect(missing).to.deep.equal([]);
  });

  it("gives every custom error a code of its own", () => {
    const names = new Set(Array.from(errors.keys(), (format) => /error (\w+)/.exec(format)![1]));
    expect(new Set(Array.from(names, contractErrorCode)).size).to.equal(names.size);
  });
});

describe("error sentences", () => {
  for (const [format] of errors) {
    const name = /error (\w+)/.exec(format)![1];
    it(`say what ${name} means and what to do`, () => {
      expect(ERROR_SENTENCES[name], "a sentence").to.be.a("function");
    });
  }

  it("exist for no error that the contracts do not have", () => {
    const known = new Set(Array.from(errors.keys(), (format) => /error (\w+)/.exec(format)![1]));
    expect(Object.keys(ERROR_SENTENCES).filter((name) => !known.has(name))).to.deep.equal([]);
  });
});
