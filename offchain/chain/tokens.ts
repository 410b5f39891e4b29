import { Contract, type ContractRunner, Signature, type Signer, TypedDataEncoder } from "ethers";

import { decodeContractError } from "./contract-errors.ts";
import type { Hex } from "./types.ts";

const TOKEN = [
  "function symbol() view returns (string)",
  "function decimals() view returns (uint8)",
  "function balanceOf(address) view returns (uint256)",
  "function allowance(address owner, address spender) view returns (uint256)",
  "function approve(address spender, uint256 amount)",
  "function nonces(address owner) view returns (uint256)",
  "function DOMAIN_SEPARATOR() view returns (bytes32)",
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
 * @param value what `spender` may take, in the token's smallest unit; the hub expects the request's `maxFee`
 * @param deadline unix seconds
 * @returns `undefined` where an approval must do: a token without permits, or one that does not tell their domain (EIP-5267) or tells
 *   another contract's; an account that is a contract; a wallet that signs no typed data
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
  const terms = await permitTerms(signer, token, owner);
  if (terms === undefined) return undefined;
  const types = {
    Permit: ["owner", "spender", "value", "nonce", "deadline"].map((field, i) => ({
      name: field,
      type: i < 2 ? "address" : "uint256",
    })),
  };
  const message = { owner, spender, value, nonce: terms.nonce, deadline };
  try {
    const { v, r, s } = Signature.from(await signer.signTypedData(terms.domain, types, message));
    return { deadline, v, r: r as Hex, s: s as Hex };
  } catch (error) {
    if (signsNoTypedData(error)) return undefined;
    throw decodeContractError(error);
  }
}

interface PermitTerms {
  readonly nonce: bigint;
  readonly domain: {
    readonly name: string;
    readonly version: string;
    readonly chainId: bigint;
    readonly verifyingContract: string;
  };
}

/** What a permit of `owner` is signed over, where the token takes permits and the account's key can give them. */
async function permitTerms(signer: Signer, token: Hex, owner: string): Promise<PermitTerms | undefined> {
  const contract = new Contract(token, TOKEN, signer);
  let read: [bigint, string, { toArray(): unknown[] }, string, bigint];
  try {
    read = await Promise.all([
      contract.getFunction("nonces")(owner) as Promise<bigint>,
      contract.getFunction("DOMAIN_SEPARATOR")() as Promise<string>,
      contract.getFunction("eip712Domain").staticCallResult(),
      signer.provider!.getCode(owner),
      signer.provider!.getNetwork().then((network) => network.chainId),
    ]);
  } catch {
    return undefined;
  }
  const [nonce, separator, told, code, here] = read;
  // A contract has no key to sign with, but for an account that delegates to one (EIP-7702).
  if (code !== "0x" && !code.startsWith("0xef0100")) return undefined;
  const [, name, version, chainId, verifyingContract] = told.toArray() as [Hex, string, string, bigint, Hex];
  // A token that tells another's domain would have the wallet sign for that one.
  if (chainId !== here || verifyingContract.toLowerCase() !== token.toLowerCase()) return undefined;
  const domain = { name, version, chainId, verifyingContract };
  // ERC-20s with votes have nonces and a domain too, but permits only with this.
  return TypedDataEncoder.hashDomain(domain) === separator ? { nonce, domain } : undefined;
}

/** Whether a wallet says that it does not know the method: EIP-1193's 4200, JSON-RPC's -32601. */
function signsNoTypedData(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return code === 4200 || code === -32601;
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
