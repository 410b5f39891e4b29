import { expect } from "chai";
import { AbiCoder, AbstractProvider, id, Network, TypedDataEncoder, type PerformActionRequest, Wallet } from "ethers";

import { signPermit } from "../../../offchain/chain/tokens.ts";
import type { Hex } from "../../../offchain/chain/types.ts";

const TOKEN: Hex = `0x${"1".repeat(40)}`;
const OTHER: Hex = `0x${"2".repeat(40)}`;
const HUB: Hex = `0x${"3".repeat(40)}`;
const CHAIN = 31337n;
const ZERO = `0x${"0".repeat(64)}`;

interface Told {
  readonly verifyingContract?: Hex;
  readonly chainId?: bigint;
  readonly separator?: string;
  readonly code?: Hex;
}

/** A chain with one token, which says of itself what a test has it say. */
class OneToken extends AbstractProvider {
  readonly #told: Told;

  constructor(told: Told) {
    super(Network.from(CHAIN), { cacheTimeout: -1 });
    this.#told = told;
  }

  override _detectNetwork(): Promise<Network> {
    return Promise.resolve(Network.from(CHAIN));
  }

  override _perform<T>(request: PerformActionRequest): Promise<T> {
    return Promise.resolve(this.#answer(request) as T);
  }

  #answer(request: PerformActionRequest): unknown {
    if (request.method === "getCode") return this.#told.code ?? "0x";
    if (request.method !== "call") throw new Error(`${request.method} is not asked here`);
    const domain = {
      name: "Token",
      version: "1",
      chainId: this.#told.chainId ?? CHAIN,
      verifyingContract: this.#told.verifyingContract ?? TOKEN,
    };
    const coder = AbiCoder.defaultAbiCoder();
    const selector = String(request.transaction.data).slice(0, 10);
    const asked = (signature: string) => id(signature).slice(0, 10) === selector;
    if (asked("nonces(address)")) return coder.encode(["uint256"], [7n]);
    if (asked("DOMAIN_SEPARATOR()")) return this.#told.separator ?? TypedDataEncoder.hashDomain(domain);
    const { name, version, chainId, verifyingContract } = domain;
    return coder.encode(
      ["bytes1", "string", "string", "uint256", "address", "bytes32", "uint256[]"],
      ["0x0f", name, version, chainId, verifyingContract, ZERO, []],
    );
  }
}

describe("signPermit", () => {
  const wallet = Wallet.createRandom();
  const sign = (told: Told = {}) => signPermit(wallet.connect(new OneToken(told)), TOKEN, HUB, 5n, 9n);

  it("signs for the token, its nonce and nothing else", async () => {
    const permit = await sign();
    const signer = TypedDataEncoder.hash(
      { name: "Token", version: "1", chainId: CHAIN, verifyingContract: TOKEN },
      {
        Permit: [
          { name: "owner", type: "address" },
          { name: "spender", type: "address" },
          { name: "value", type: "uint256" },
          { name: "nonce", type: "uint256" },
          { name: "deadline", type: "uint256" },
        ],
      },
      { owner: wallet.address, spender: HUB, value: 5n, nonce: 7n, deadline: 9n },
    );
    const { v, r, s } = wallet.signingKey.sign(signer);
    expect(permit).to.deep.equal({ deadline: 9n, v, r, s });
  });

  it("signs nothing for a token that tells the domain of another token or chain", async () => {
    expect(await sign({ verifyingContract: OTHER })).to.equal(undefined);
    expect(await sign({ chainId: 1n })).to.equal(undefined);
  });

  it("signs nothing where the token has no permits: a domain alone does not say so", async () => {
    expect(await sign({ separator: "0x" })).to.equal(undefined);
    expect(await sign({ separator: ZERO })).to.equal(undefined);
  });

  it("signs nothing for an account that is a contract, but for one that only delegates to one", async () => {
    expect(await sign({ code: "0x6001" })).to.equal(undefined);
    expect(await sign({ code: `0xef0100${"4".repeat(40)}` })).to.include({ deadline: 9n });
  });
});
