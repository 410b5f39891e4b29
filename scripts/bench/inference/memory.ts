/** The peak of memory of a process that does nothing but evaluate: it is given files and started on its own. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { planBytes } from "../../../offchain/fhe/plan/canonical.ts";
import type { CompiledSubject } from "./subject.ts";
import type { BenchUser } from "./user.ts";

/** Longest the process may take, in milliseconds. */
const PATIENCE = 120_000;

const answer = z.object({ peakRssMb: z.number() });

/** What the evaluating process reads, by file name. */
export const FILES = { plan: "plan.json", constants: "constants.bin", pack: "pack.bin", input: "input.bin" } as const;

/**
 * Evaluates a model on the SIMD engine in a process of its own.
 *
 * @param input an encrypted input
 * @returns the most memory it held, in MB of 10^6 bytes
 */
export async function peakOfEvaluation(subject: CompiledSubject, user: BenchUser, input: Uint8Array): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), "cloakwork-bench-"));
  try {
    await writeFile(path.join(folder, FILES.plan), planBytes(subject.checked.plan));
    await writeFile(path.join(folder, FILES.constants), subject.constants);
    await writeFile(path.join(folder, FILES.pack), user.packBytes);
    await writeFile(path.join(folder, FILES.input), input);
    const script = path.join(import.meta.dirname, "evaluate.ts");
    const { stdout } = await promisify(execFile)(process.execPath, [script, folder, user.keySet], {
      timeout: PATIENCE,
    });
    return answer.parse(JSON.parse(stdout)).peakRssMb;
  } finally {
    await rm(folder, { recursive: true });
  }
}
