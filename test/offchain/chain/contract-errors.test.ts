import { expect } from "chai";
import fc from "fast-check";

import { ChainError, ContractError, decodeContractError } from "../../../offchain/chain/contract-errors.ts";
import { ERROR_INTERFACES, INTERFACES } from "../../../offchain/chain/contracts.ts";
import { CloakworkError } from "../../../offchain/errors.ts";

/** A value of an ABI type, large where it can be. */
function sample(type: string): unknown {
  if (type === "address") return `0x${"ab".repeat(20)}`;
  if (type === "bytes32") return `0x${"cd".repeat(32)}`;
  if (type === "string") return "a name";
  if (type === "uint8") return 3n;
  const bits = /^uint(\d+)$/.exec(type);
  if (bits !== null) return 2n ** BigInt(bits[1]) - 1n;
  throw new Error(`no sample of ${type}`);
}

describe("decodeContractError", () => {
  for (const contract of ERROR_INTERFACES) {
    contract.forEachError((fragment) => {
      it(`makes a whole sentence of ${fragment.name}, whatever its arguments`, () => {
        for (const args of [fragment.inputs.map(({ type }) => sample(type))]) {
          const data = contract.encodeErrorResult(fragment, args);
          const error = decodeContractError({ code: "CALL_EXCEPTION", data });
          expect(error).to.be.instanceOf(ContractError);
          expect(error.code).to.match(/^[A-Z][A-Z0-9_]+$/);
          expect(error.message).to.match(/^[A-Z0-9].{10,}\.$/);
          expect(error.next).to.match(/^[A-Z].+\.$/);
          expect(`${error.message}${error.next}`).not.to.match(/undefined|NaN|\[object/);
        }
      });
    });
  }

  it("says amounts in ether, times as times and digests shortened", () => {
    const wrong = (name: string, args: readonly unknown[]): string =>
      decodeContractError({ data: INTERFACES.hub.encodeErrorResult(name, args) }).message;
    expect(wrong("InferenceHub_FeeTooHigh", [`0x${"00".repeat(20)}`, 3n * 10n ** 15n, 2n * 10n ** 18n])).to.equal(
      "The price is 0.003 ETH, above the most agreed to, 2 ETH; nothing was charged.",
    );
    expect(wrong("InferenceHub_FeeTooHigh", [`0x1234${"00".repeat(16)}5678`, 3_000_000n, 2_000_000n])).to.equal(
      "The price is 3000000 of the smallest unit of token 0x1234…5678, above the most agreed to, " +
        "2000000 of the smallest unit of token 0x1234…5678; nothing was charged.",
    );
    expect(wrong("InferenceHub_TooLate", [4n, 1_772_375_530n])).to.equal(
      "It is too late for request 4: the time was up at 2026-03-01 14:32:10 UTC.",
    );
    expect(wrong("InferenceHub_KeySetRefused", [`0x12ab${"00".repeat(28)}89ef`, `0x${"22".repeat(20)}`])).to.contain(
      "0x12ab…89ef",
    );
  });

  const paused = INTERFACES.hub.encodeErrorResult("InferenceHub_ModelNotActive", [7n]);
  for (const [where, thrown] of Object.entries({
    "ethers: data": { code: "CALL_EXCEPTION", data: paused },
    "ethers: info.error.data": { code: "UNKNOWN_ERROR", info: { error: { code: 3, data: paused } } },
    "a wallet: data.originalError.data": { code: -32603, data: { originalError: { code: 3, data: paused } } },
    "viem: cause.cause.data": { cause: { cause: { data: paused } } },
    "Hardhat: error.data.data": { error: { data: { data: paused } } },
  })) {
    it(`finds the reason where it is put by ${where}`, () => {
      const error = decodeContractError(thrown);
      expect(error.code).to.equal("INFERENCE_HUB_MODEL_NOT_ACTIVE");
      expect(error).to.have.property("contractError", "InferenceHub_ModelNotActive");
      expect(error.cause).to.equal(thrown);
    });
  }

  for (const [code, thrown] of [
    ["WALLET_REJECTED", { code: 4001, message: "User rejected the request." }],
    ["WALLET_REJECTED", { code: "ACTION_REJECTED" }],
    ["WALLET_REJECTED", { cause: { code: 4001 } }],
    ["WALLET_LOCKED", { code: 4100 }],
    ["WALLET_BUSY", { error: { code: -32002 } }],
    ["INSUFFICIENT_FUNDS", { code: "INSUFFICIENT_FUNDS" }],
    ["INSUFFICIENT_FUNDS", new Error("Sender doesn't have enough funds to send tx")],
    ["INSUFFICIENT_FUNDS", { info: { error: { message: "insufficient funds for gas * price + value" } } }],
    ["WRONG_CHAIN", { code: 4902 }],
    ["WRONG_CHAIN", { code: "NETWORK_ERROR", message: "network changed: 1 => 31337" }],
    ["TRANSACTION_CLASH", { code: "NONCE_EXPIRED" }],
    ["TRANSACTION_CLASH", { code: "REPLACEMENT_UNDERPRICED" }],
    ["TRANSACTION_REPLACED", { code: "TRANSACTION_REPLACED" }],
    ["RPC_UNREACHABLE", new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } })],
    ["RPC_UNREACHABLE", { code: "TIMEOUT" }],
    ["RPC_UNREACHABLE", { code: 4900 }],
    ["RPC_UNREACHABLE", { code: "SERVER_ERROR", message: "503" }],
    ["NOT_THE_CONTRACT", { code: "BAD_DATA", value: "0x" }],
    ["REVERTED", { code: "CALL_EXCEPTION", data: null }],
    ["REVERTED", { data: `0x4e487b71${"11".padStart(64, "0")}` }],
    ["REVERTED", { data: "0x08c379a0" }],
    ["ARGUMENT_INVALID", { code: "INVALID_ARGUMENT", message: "bad address checksum" }],
    ["CHAIN_UNKNOWN", new Error("something else")],
    ["CHAIN_UNKNOWN", undefined],
  ] as const) {
    it(`says ${code} of ${JSON.stringify(thrown instanceof Error ? thrown.message : thrown)}`, () => {
      const error = decodeContractError(thrown);
      expect(error).to.be.instanceOf(ChainError);
      expect(error.code).to.equal(code);
    });
  }

  it("reads the reason of a plain revert", () => {
    // Error(string) of "too bad", as solc encodes it.
    const data = `0x08c379a0${"20".padStart(64, "0")}${"7".padStart(64, "0")}${Buffer.from("too bad").toString("hex").padEnd(64, "0")}`;
    expect(decodeContractError({ data }).message).to.contain("too bad");
  });

  it("gives errors of this project back as they are", () => {
    const error = new CloakworkError("A_CODE", "A message.", "Do it.");
    expect(decodeContractError(error)).to.equal(error);
  });

  it("makes an error of anything, cycles included", () => {
    const cycle: { cause?: unknown } = {};
    cycle.cause = cycle;
    expect(decodeContractError(cycle)).to.be.instanceOf(CloakworkError);
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(decodeContractError(value)).to.be.instanceOf(CloakworkError);
      }),
    );
  });
});
