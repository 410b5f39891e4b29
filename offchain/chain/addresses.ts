import { getAddress, isAddress } from "ethers";
import * as z from "zod";

import { CloakworkError } from "../errors.ts";
import { ABI_ID } from "./abi.ts";
import type { Deployment, Hex } from "./types.ts";

/** Thrown when a deployment file is missing, of another chain or of other contracts. */
export class DeploymentError extends CloakworkError {}

const address = z
  .string()
  .refine((value) => isAddress(value), "an address was expected")
  .transform((value) => getAddress(value) as Hex);

const schema = z.strictObject({
  version: z.literal(1),
  chainId: z.number().int().positive(),
  abi: z.string().regex(/^0x[0-9a-f]{16}$/, "0x and 16 digits were expected"),
  fromBlock: z.number().int().nonnegative(),
  contracts: z.strictObject({
    balances: address,
    entropy: address,
    modelRegistry: address,
    modelAccess: address,
    nodeRegistry: address,
    keyRegistry: address,
    hubExtension: address,
    hub: address,
    disputes: address,
    callbacks: address,
  }),
});

/**
 * Checks a deployment as it was read from a file or a server.
 *
 * @param value parsed JSON
 * @param chainId the chain it must be for
 * @throws DeploymentError naming what was expected: `DEPLOYMENT_INVALID`, `DEPLOYMENT_WRONG_CHAIN`, `DEPLOYMENT_OUTDATED`
 */
export function parseDeployment(value: unknown, chainId: number): Deployment {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new DeploymentError(
      "DEPLOYMENT_INVALID",
      `The deployment file for chain ${chainId} is not valid: ${issue.path.join(".") || "the whole"}: ${issue.message}.`,
      "Deploy again, or get the file from who deployed.",
    );
  }
  const deployment = parsed.data;
  if (deployment.chainId !== chainId) {
    throw new DeploymentError(
      "DEPLOYMENT_WRONG_CHAIN",
      `The deployment file is for chain ${deployment.chainId}, not for chain ${chainId}.`,
      "Use the file of the chain the wallet or the node is on.",
    );
  }
  if (deployment.abi !== ABI_ID) {
    throw new DeploymentError(
      "DEPLOYMENT_OUTDATED",
      "The deployment was made with other contracts than this version of Cloakwork knows.",
      "Deploy again, or use the version of Cloakwork the deployment was made with.",
    );
  }
  return { ...deployment, abi: ABI_ID };
}

/**
 * Gets a deployment from `<base>/<chainId>.json`.
 *
 * @param base URL of the folder, without the last slash
 * @param chainId the chain it must be for
 * @throws DeploymentError `DEPLOYMENT_MISSING` when there is none, and what `parseDeployment` throws
 */
export async function fetchDeployment(base: string, chainId: number, signal?: AbortSignal): Promise<Deployment> {
  const url = `${base}/${chainId}.json`;
  let value: unknown;
  try {
    const response = await fetch(url, signal === undefined ? {} : { signal });
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    value = await response.json();
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw missingDeployment(chainId, url, cause);
  }
  return parseDeployment(value, chainId);
}

/** The error for a chain without a deployment file. */
export function missingDeployment(chainId: number, where: string, cause: unknown): DeploymentError {
  return new DeploymentError(
    "DEPLOYMENT_MISSING",
    `No deployment of Cloakwork on chain ${chainId} is known at ${where}.`,
    "Switch to a chain it is deployed on, or deploy it with `node scripts/deploy.ts`.",
    { cause },
  );
}
