import { Contract, type ContractRunner, Signature, type Signer } from "ethers";

import { decodeContractError } from "./contract-errors.ts";
import type { Hex } from "./types.ts";

const TOKEN = [
  "function symbol() view returns (string)",
  "function decimals() view returns (uint8)",
  "function balanceOf(address) view returns (uint256)",
  "function allowance(address owner, address spender) view returns (uint256)",
  "function approve(address spender, uint256 amount)",
  "function nonces(address owner) view returns (uint256)",
  "function eip712Domain() view returns (bytes1, string, string, uint256, address, bytes32, uint256[])",
];

/** An ERC-2612 signature, as the hub takes it (IHubTypes.Permit). */
export interface Permit {
  readonly deadline: bigint;
  readonly v: number;
  readonly r: Hex;
  readonly s: Hex;
}

/** What to show of a token. */
export interface TokenInfo {
  readonly symbol: string;
  readonly decimals: number;
}

/**
 * A token's symbol and decimals, as it says itself: anybody can call a token anything.
 *
 * @throws CloakworkError `NOT_THE_CONTRACT` when there is no token at the address
 */
export async function getTokenInfo(runner: ContractRunner, token: Hex): Promise<TokenInfo> {
  const [symbol, decimals] = await Promise.all([read(runner, token, "symbol"), read(runner, token, "decimals")]);
  return { symbol: symbol as string, decimals: Number(decimals) };
}

/** What an account has of a token outside the vault, in its smallest unit. */
export async function getTokenBalance(runner: ContractRunner, token: Hex, account: Hex): Promise<bigint> {
  return (await read(runner, token, "balanceOf", [account])) as bigint;
}

/** How much of an account's tokens `spender`, e.g. the hub, may take. */
export async function getAllowance(runner: ContractRunner, token: Hex, account: Hex, spender: Hex): Promise<bigint> {
  return (await read(runner, token, "allowance", [account, spender])) as bigint;
}

/** Allows `spender` to take so much, and waits until that is in a block. */
export async function approveToken(signer: Signer, token: Hex, spender: Hex, amount: bigint): Promise<void> {
  try {
    const sent = await new Contract(token, TOKEN, signer).getFunction("approve").send(spender, amount);
    await sent.wait();
  } catch (error) {
    throw decodeContractError(error);
  }
}

/**
 * Signs an ERC-2612 permit.
 *
 * @param value what `spender` may take; the hub expects the request's `maxFee`
 * @param deadline unix seconds
 * @returns `undefined` for a token that has no permits or does not tell their domain (EIP-5267): approve instead
 * @throws CloakworkError `WALLET_REJECTED`
 */
export async function signPermit(
  signer: Signer,
  token: Hex,
  spender: Hex,
  value: bigint,
  deadline: bigint,
): Promise<Permit | undefined> {
  const owner = await signer.getAddress();
  let nonce: bigint;
  let domain: readonly unknown[];
  try {
    nonce = (await new Contract(token, TOKEN, signer).getFunction("nonces")(owner)) as bigint;
    domain = (await new Contract(token, TOKEN, signer).getFunction("eip712Domain").staticCallResult()).toArray();
  } catch {
    return undefined;
  }
  const [, name, version, chainId, verifyingContract] = domain as [Hex, string, string, bigint, Hex];
  const types = {
    Permit: ["owner", "spender", "value", "nonce", "deadline"].map((field, i) => ({
      name: field,
      type: i < 2 ? "address" : "uint256",
    })),
  };
  try {
    const signed = await signer.signTypedData({ name, version, chainId, verifyingContract }, types, {
      owner,
      spender,
      value,
      nonce,
      deadline,
    });
    const { v, r, s } = Signature.from(signed);
    return { deadline, v, r: r as Hex, s: s as Hex };
  } catch (error) {
    throw decodeContractError(error);
  }
}

async function read(
  runner: ContractRunner,
  token: Hex,
  method: string,
  args: readonly unknown[] = [],
): Promise<unknown> {
  try {
    return await new Contract(token, TOKEN, runner).getFunction(method).staticCall(...args);
  } catch (error) {
    throw decodeContractError(error);
  }
}
