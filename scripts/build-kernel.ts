/**
 * Builds the WebAssembly kernel from offchain/fhe/kernel/assembly into build/: the module, for a memory of its own and for one that threads
 * share, and for each a TypeScript module that embeds it for browsers and bundlers. With `--debug`, builds only kernel-debug.wasm, whose assertions trap when a lane leaves its
 * range. The same sources give the same bytes.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import asc from "assemblyscript/asc";

const ROOT = path.resolve(import.meta.dirname, "..");
const BUILD = path.join(ROOT, "build");
const ENTRY = "offchain/fhe/kernel/assembly/index.ts";

/** The first level of optimisation is enough: engines do the rest, and the kernel is not faster with more. */
const OPTIONS = ["--runtime", "stub", "--importMemory", "--enable", "simd", "--use", "abort=", "--optimizeLevel", "1"];

async function build(name: string, options: readonly string[]): Promise<void> {
  const outFile = path.join("build", name);
  let messages = "";
  const stderr = {
    write(chunk: string | Uint8Array): void {
      messages += typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk);
    },
  };
  const { error } = await asc.main([ENTRY, "--outFile", outFile, "--baseDir", ROOT, ...OPTIONS, ...options], {
    stderr,
  });
  if (error !== null || messages !== "") throw new Error(`the kernel does not compile:\n${messages}`, { cause: error });
}

/** The most a memory may have, which a shared one has to declare. */
const SHARED = ["--enable", "threads", "--sharedMemory", "--maximumMemory", "65536"];

await mkdir(BUILD, { recursive: true });
if (process.argv.includes("--debug")) {
  await build("kernel-debug.wasm", []);
} else {
  for (const [name, options] of [
    ["kernel", []],
    ["kernel-shared", SHARED],
  ] as const) {
    await build(`${name}.wasm`, ["--noAssert", ...options]);
    const base64 = (await readFile(path.join(BUILD, `${name}.wasm`))).toString("base64");
    await writeFile(path.join(BUILD, `${name}.ts`), `export const kernelBase64 =\n  "${base64}";\n`);
  }
}
