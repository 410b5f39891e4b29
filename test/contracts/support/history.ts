import { toBeHex } from "ethers";

/** Where EIP-2935 puts the contract that keeps block hashes. */
export const HISTORY = "0x0000F90827F1C53a10cb7A02335B175320002935";
/** Its runtime code, from the EIP. */
const HISTORY_CODE =
  "0x3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";

/** A provider of a Hardhat chain. Such a chain has a stand-in for the history that refuses everything. */
export interface HardhatProvider {
  send(method: string, params: unknown[]): Promise<unknown>;
}

/** Puts code where the history is: the EIP's when none is given. */
export async function putHistory(provider: HardhatProvider, code = HISTORY_CODE): Promise<void> {
  await provider.send("hardhat_setCode", [HISTORY, code]);
}

/** Has the history keep a block's hash, as a chain with EIP-2935 does at the start of the next block. */
export async function keepHash(provider: HardhatProvider, block: number): Promise<void> {
  const answer = await provider.send("eth_getBlockByNumber", [`0x${block.toString(16)}`, false]);
  const { hash } = answer as { readonly hash: string };
  await provider.send("hardhat_setStorageAt", [HISTORY, `0x${(block % 8_191).toString(16)}`, toBeHex(hash, 32)]);
}
