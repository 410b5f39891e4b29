import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { missingDeployment, parseDeployment } from "../addresses.ts";
import type { Deployment } from "../types.ts";

/** Where deployments are kept when nothing else is said, below the working folder. */
export const DEPLOYMENTS = join(".cloakwork", "deployments");

/** The file of a chain's deployment. */
export function deploymentPath(folder: string, chainId: number): string {
  return join(folder, `${chainId}.json`);
}

/**
 * Reads a chain's deployment from its file.
 *
 * @param folder e.g. `DEPLOYMENTS`
 * @throws DeploymentError when it is missing, of another chain, not valid or of other contracts
 */
export function readDeployment(folder: string, chainId: number): Deployment {
  const path = deploymentPath(folder, chainId);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw missingDeployment(chainId, path, cause);
  }
  return parseDeployment(value, chainId);
}

/** Writes a chain's deployment, whole or not at all. */
export function writeDeployment(folder: string, deployment: Deployment): string {
  mkdirSync(folder, { recursive: true });
  const path = deploymentPath(folder, deployment.chainId);
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(deployment, null, 2)}\n`);
  renameSync(temporary, path);
  return path;
}
