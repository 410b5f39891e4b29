import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { INTERFACES } from "../../offchain/chain/contracts.ts";
import type { DeployedContracts, Deployment } from "../../offchain/chain/types.ts";

/**
 * Writes address and ABI of every contract, for tools and languages that know neither this package nor its deployment files:
 * `{"hub": {"address": "0x…", "abi": […]}, …}`.
 *
 * @returns path of the file, `<folder>/<chain id>.abi.json`
 */
export function writeAbis(folder: string, { chainId, contracts }: Deployment): string {
  const names = Object.keys(INTERFACES) as (keyof DeployedContracts)[];
  const known = Object.fromEntries(
    names.map((name) => [
      name,
      { address: contracts[name], abi: JSON.parse(INTERFACES[name].formatJson()) as unknown },
    ]),
  );
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${chainId}.abi.json`);
  writeFileSync(path, `${JSON.stringify(known)}\n`);
  return path;
}
