/**
 * Deploys Cloakwork to a chain and writes its addresses: `node scripts/deploy.ts --rpc URL --key FILE`.
 * Run again, it finds the deployment of the file, verifies it and changes nothing.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

import { formatEther, formatUnits, NonceManager, Wallet } from "ethers";

import { DeploymentError } from "../offchain/chain/addresses.ts";
import { DEPLOYMENTS, readDeployment, writeDeployment } from "../offchain/chain/node/deployment-file.ts";
import { openProvider } from "../offchain/chain/provider.ts";
import type { Deployment } from "../offchain/chain/types.ts";
import { CloakworkError } from "../offchain/errors.ts";
import { defaultParameters, deployCloakwork, DeployError } from "./deploy/deploy-cloakwork.ts";
import { dryRun, type DryRun } from "./deploy/dry-run.ts";
import { ENTROPY_SOURCES, type EntropySource, isEntropySource } from "./deploy/entropy-sources.ts";
import { requireBlockHashSuitable } from "./deploy/entropy-suitability.ts";
import type { DeploymentParameters } from "./deploy/parameters.ts";
import { DeploymentMismatchError, verifyDeployment } from "./deploy/verify.ts";
import { writeAbis } from "./deploy/write-abis.ts";

const HELP = `Deploys Cloakwork to a chain, verifies it and writes <out>/<chain id>.json, and for other tools
<chain id>.abi.json with address and ABI of every contract.

  node scripts/deploy.ts --rpc http://127.0.0.1:8545 --key deployer.key

  --rpc URL      the chain's RPC endpoint
  --key FILE     the deployer's private key: 0x and 64 digits, in a file only you can read
  --out FOLDER   where the file goes (default ${DEPLOYMENTS})
  --entropy S    where draws take their randomness from: blockhash (the default), readable for 256 blocks, or
                 blockhash-history, for 8,191 where the chain keeps a history of block hashes (EIP-2935)
  --dry-run      send nothing: say where each contract would be and what all of it would cost
  --fresh        deploy again even where the file names a deployment that is in order
  --help         this text
`;

/** A deployment in order that the file names, with one of the sources, or `undefined` when there is none on this chain. */
async function existing(
  provider: Awaited<ReturnType<typeof openProvider>>,
  folder: string,
  chainId: number,
  sources: readonly EntropySource[],
): Promise<Deployment | undefined> {
  for (const source of sources) {
    try {
      const deployment = readDeployment(folder, chainId);
      await verifyDeployment(provider, deployment, parametersWith(chainId, source));
      return deployment;
    } catch (error) {
      if (!(error instanceof DeploymentError || error instanceof DeploymentMismatchError)) throw error;
    }
  }
  return undefined;
}

function parametersWith(chainId: number, source: EntropySource | undefined): DeploymentParameters {
  const { entropy, ...others } = defaultParameters(chainId);
  return { ...others, entropy: { ...entropy, source: source ?? entropy.source } };
}

function readSource(text: string | undefined): EntropySource | undefined {
  if (text === undefined || isEntropySource(text)) return text;
  throw new DeployError("USAGE", `There is no source of randomness "${text}".`, `Use ${ENTROPY_SOURCES.join(" or ")}.`);
}

function readKey(path: string): string {
  let key: string;
  try {
    key = readFileSync(path, "utf8").trim();
  } catch (cause) {
    throw new DeployError("KEY_UNREADABLE", `The key file ${path} cannot be read.`, "Check its path.", { cause });
  }
  if (!/^0x[0-9a-fA-F]{64}$/.test(key)) {
    throw new DeployError("KEY_INVALID", `The key file ${path} holds no private key.`, "It holds 0x and 64 digits.");
  }
  return key;
}

function dryRunText({ chainId, from, steps, gas, gasPrice, cost, balance }: DryRun): string {
  const rows = steps.map((step) => `  ${step.name.padEnd(14)} ${step.address}  ${step.gas} gas\n`);
  const short = balance < cost ? ` That is too little: ${formatEther(cost - balance)} ETH are missing.` : "";
  return (
    `Nothing is sent. On chain ${chainId}, from ${from}, there would be\n${rows.join("")}` +
    `In all ${gas} gas, at ${formatUnits(gasPrice, "gwei")} gwei at most ${formatEther(cost)} ETH. ` +
    `The account has ${formatEther(balance)} ETH.${short}\n`
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rpc: { type: "string" },
      key: { type: "string" },
      out: { type: "string", default: DEPLOYMENTS },
      entropy: { type: "string" },
      "dry-run": { type: "boolean", default: false },
      fresh: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  if (values.rpc === undefined || values.key === undefined) {
    throw new DeployError("USAGE", "--rpc and --key are needed.", "See --help.");
  }
  const source = readSource(values.entropy);
  const folder = resolve(values.out);
  const provider = await openProvider(values.rpc);
  try {
    const chainId = Number((await provider.getNetwork()).chainId);
    requireBlockHashSuitable(chainId);
    // Where no source is asked for, a deployment with any is in order.
    const sources = source === undefined ? ENTROPY_SOURCES : [source];
    const found = values.fresh ? undefined : await existing(provider, folder, chainId, sources);
    if (found !== undefined) {
      process.stdout.write(`Cloakwork is on chain ${chainId} already and in order: hub ${found.contracts.hub}\n`);
      return;
    }
    const parameters = parametersWith(chainId, source);
    const wallet = new Wallet(readKey(values.key), provider);
    if (values["dry-run"]) {
      process.stdout.write(dryRunText(await dryRun(wallet, parameters)));
      return;
    }
    process.stdout.write(`Deploying to chain ${chainId} from ${wallet.address}\n`);
    const before = await provider.getBalance(wallet.address);
    const deployment = await deployCloakwork(new NonceManager(wallet), {
      parameters,
      onDeployed: (name, address, gas) => process.stdout.write(`  ${name.padEnd(14)} ${address}  ${gas} gas\n`),
    });
    const path = writeDeployment(folder, deployment);
    const abis = writeAbis(folder, deployment);
    const cost = before - (await provider.getBalance(wallet.address));
    process.stdout.write(`Verified. Cost ${formatEther(cost)} ETH. Addresses in ${path}, with ABIs in ${abis}\n`);
  } finally {
    provider.destroy();
  }
}

try {
  await main();
} catch (error) {
  if (error instanceof CloakworkError) process.stderr.write(`${error.code}: ${error.message}\n${error.next}\n`);
  else process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nSee --help.\n`);
  process.exitCode = 1;
}
