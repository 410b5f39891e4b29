import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

export { failure, pieces } from "../sealing/helpers.ts";

/** A folder for one test; removed by `dispose`. */
export async function temporaryFolder(): Promise<{ folder: string; dispose: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), "cloakwork-storage-"));
  return { folder, dispose: () => rm(folder, { recursive: true, force: true }) };
}

/** All files below a folder, relative to it. */
export async function files(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}
