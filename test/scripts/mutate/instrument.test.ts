import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { scoreOf } from "../../../scripts/mutate/equivalent.ts";
import { instrument } from "../../../scripts/mutate/instrument.ts";
import { LIBRARY_FILE, LIBRARY_SOURCE } from "../../../scripts/mutate/library.ts";
import { namesOf, type Point } from "../../../scripts/mutate/points.ts";
import { parseContracts, SyntaxRefusedError } from "../../../scripts/mutate/syntax.ts";

const SOURCE = `// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev Words with an umlaut: Ä → bytes are not characters.
contract Purse {
    error Purse_No();
    address private immutable _owner;
    uint256 public total;

    constructor() {
        _owner = msg.sender;
    }

    modifier onlyOwner() {
        if (msg.sender != _owner) revert Purse_No();
        _;
    }

    function put(uint256 amount, bool twice) external onlyOwner {
        if (amount == 0 || amount > 9) revert Purse_No();
        total += twice ? amount * 2 : amount;
    }
}
`;

describe("mutants of a contract", () => {
  let root = "";
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "cloakwork-instrument-"));
    mkdirSync(join(root, "contracts"));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  const points = (source: string): { bytes: string; points: readonly Point[] } => {
    writeFileSync(join(root, "contracts", "Purse.sol"), source);
    return instrument(parseContracts(root)[0], 1);
  };

  it("are one for each thing a line guards", () => {
    const made = points(SOURCE).points.filter(({ change }) => change !== undefined);
    expect(made.map(({ where, line, code, change }) => `${line} ${where}: ${code} | ${change!}`)).to.have.members(
      [
        "11 Purse.constructor: _owner = msg.sender | left out",
        "15 Purse.onlyOwner: msg.sender != _owner | always false",
        "19 Purse.put: onlyOwner | modifier left out",
        "20 Purse.put: amount == 0 || amount > 9 | always false",
        "20 Purse.put: amount == 0 | operand left out",
        "20 Purse.put: amount > 9 | operand left out",
        "20 Purse.put: amount > 9 | boundary",
        "21 Purse.put: twice | always false",
        "21 Purse.put: twice | always true",
        "21 Purse.put: amount * 2 | other operation",
        "21 Purse.put: total += twice ? amount * 2 : amount; | left out",
      ].map((text) => text.replace("msg.sender | left out", "msg.sender; | left out")),
    );
  });

  it("count both outcomes of every condition as branches", () => {
    const branches = points(SOURCE).points.filter(({ branch }) => branch !== undefined);
    expect(branches.map(({ code }) => code)).to.have.lengthOf(2 * 5);
    expect(branches.filter(({ branch }) => branch === true)).to.have.lengthOf(5);
  });

  it("compile together", () => {
    const { bytes } = points(SOURCE);
    const compiler = createRequire(import.meta.url)("solc") as { compile: (input: string) => string };
    const output = JSON.parse(
      compiler.compile(
        JSON.stringify({
          language: "Solidity",
          sources: {
            "contracts/Purse.sol": { content: Buffer.from(bytes, "latin1").toString("utf8") },
            [`contracts/${LIBRARY_FILE}`]: { content: LIBRARY_SOURCE },
          },
          settings: { evmVersion: "cancun", outputSelection: { "*": { "*": ["abi"] } } },
        }),
      ),
    ) as { errors?: readonly { severity: string; formattedMessage: string }[] };
    expect((output.errors ?? []).map(({ formattedMessage }) => formattedMessage)).to.deep.equal([]);
  });

  it("are told apart by names that stay while lines move", () => {
    const names = [...namesOf(points(SOURCE).points).values()];
    const moved = [...namesOf(points(SOURCE.replace("contract Purse", "\n\ncontract Purse")).points).values()];
    expect(moved).to.deep.equal(names);
    expect(new Set(names).size).to.equal(names.length);
  });

  it("are refused of what does not compile", () => {
    expect(() => points("contract {")).to.throw(SyntaxRefusedError);
  });

  it("are scored without those listed as equivalent, unless a test killed them", () => {
    const trial = (name: string, killedBy?: string) => ({
      point: points(SOURCE).points[0],
      name,
      tests: 1,
      ...(killedBy === undefined ? {} : { killedBy }),
    });
    const trials = [trial("a", "test"), trial("b"), trial("c"), trial("d", "test")];
    const score = scoreOf(
      trials,
      new Map([
        ["c", "why"],
        ["d", "why"],
      ]),
    );
    expect(score).to.include({ mutants: 4, killed: 2, equivalent: 1, score: 2 / 3 });
    expect(score.survived.map(({ name }) => name)).to.deep.equal(["b"]);
    expect(score.listedWrongly.map(({ name }) => name)).to.deep.equal(["d"]);
  });
});
