/**
 * Builds what is written in AssemblyScript into build/: the kernel of offchain/fhe, for a memory of its own and for one that threads share, and the
 * hashes of offchain/digest. A TypeScript module embeds each for browsers and bundlers. With `--debug`, builds only kernel-debug.wasm, whose
 * assertions trap when a lane leaves its range. The same sources give the same bytes.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import asc from "assemblyscript/asc";

const ROOT = path.resolve(import.meta.dirname, "..");
const BUILD = path.join(ROOT, "build");
const KERNEL = "offchain/fhe/kernel/assembly/index.ts";
const SHA256 = "offchain/digest/assembly/sha256.ts";

/** The first level of optimisation is enough: engines do the rest, and the kernel is not faster with more. */
const OPTIONS = ["--runtime", "stub", "--enable", "simd", "--use", "abort=", "--optimizeLevel", "1"];

async function build(name: string, entry: string, options: readonly string[]): Promise<void> {
  const outFile = path.join("build", name);
  let messages = "";
  const stderr = {
    write(chunk: string | Uint8Array): void {
      messages += typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk);
    },
  };
  const { error } = await asc.main([entry, "--outFile", outFile, "--baseDir", ROOT, ...OPTIONS, ...options], {
    stderr,
  });
  if (error !== null || messages !== "") throw new Error(`${entry} does not compile:\n${messages}`, { cause: error });
}

/** The most a memory may have, which a shared one has to declare. */
const SHARED = ["--enable", "threads", "--sharedMemory", "--maximumMemory", "65536"];

await mkdir(BUILD, { recursive: true });
if (process.argv.includes("--debug")) {
  await build("kernel-debug.wasm", KERNEL, ["--importMemory"]);
} else {
  for (const [name, entry, options] of [
    ["kernel", KERNEL, ["--importMemory"]],
    ["kernel-shared", KERNEL, ["--importMemory", ...SHARED]],
    ["sha256", SHA256, ["--initialMemory", "4"]],
  ] as const) {
    await build(`${name}.wasm`, entry, ["--noAssert", ...options]);
    const base64 = (await readFile(path.join(BUILD, `${name}.wasm`))).toString("base64");
    await writeFile(path.join(BUILD, `${name}.ts`), `export const wasmBase64 =\n  "${base64}";\n`);
  }
}
