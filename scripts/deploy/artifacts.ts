import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import type { JsonFragment } from "ethers";

import { CloakworkError } from "../../offchain/errors.ts";

/** A compiled contract as Hardhat writes it. */
export interface Artifact {
  readonly contractName: string;
  readonly abi: JsonFragment[];
  readonly bytecode: string;
  readonly deployedBytecode: string;
  /** Where constructor arguments are written into the deployed code: byte offsets and lengths. */
  readonly immutableReferences: Readonly<
    Record<string, readonly { readonly start: number; readonly length: number }[]>
  >;
}

/** Thrown when the contracts have not been compiled. */
export class ArtifactMissingError extends CloakworkError {
  constructor(path: string, cause: unknown) {
    super("ARTIFACT_MISSING", `The compiled contract ${path} is not there.`, "Run `npx hardhat compile` first.", {
      cause,
    });
  }
}

/** The project's root folder, or the package's: the nearest with a package.json. */
export const ROOT = rootAbove(import.meta.dirname);

/**
 * Reads one compiled contract.
 *
 * @param source its path below `contracts/`, without `.sol`, e.g. `entropy/BlockHashEntropy`
 * @throws ArtifactMissingError before the first compilation
 */
export function readArtifact(source: string): Artifact {
  const name = source.slice(source.lastIndexOf("/") + 1);
  const path = join(ROOT, "artifacts", "contracts", `${source}.sol`, `${name}.json`);
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Artifact;
  } catch (cause) {
    throw new ArtifactMissingError(path, cause);
  }
}

function rootAbove(folder: string): string {
  return existsSync(join(folder, "package.json")) ? folder : rootAbove(dirname(folder));
}
