import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";

import { expect } from "chai";

import { compileKernel, instantiateKernel } from "../../../../offchain/fhe/kernel/load.ts";
import { Machine } from "../../../../offchain/fhe/kernel/machine.ts";
import { Arena } from "../../../../offchain/fhe/kernel/arena.ts";
import { nttPrimes } from "../../../../offchain/fhe/ring/primes.ts";
import { adversarialPolynomials } from "../ring/polynomials.ts";
import { compareOperations, Pair } from "./seal-pair.ts";

const ROOT = path.resolve(import.meta.dirname, "../../../..");

describe("lazy ranges, in the build that asserts them", function () {
  this.timeout(60_000);
  let debugBuild: Uint8Array<ArrayBuffer>;

  before(async () => {
    execFileSync(process.execPath, [path.join(ROOT, "scripts/build-kernel.ts"), "--debug"], { cwd: ROOT });
    debugBuild = Uint8Array.from(await readFile(path.join(ROOT, "build/kernel-debug.wasm")));
  });

  it("hold in every operation on residues at the bounds", async () => {
    for (const [n, bits] of [
      [4096, [30, 30, 30]],
      [8192, [28, 30, 27, 30]],
      // Ten digits: sums are folded on the way.
      [16384, [30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30]],
    ] as [number, number[]][]) {
      const pair = await Pair.create(n, bits, [], debugBuild);
      for (const index of n === 16384 ? [1] : [0, 1, 2, 5]) {
        compareOperations(pair, bits.length - 1, (q) => adversarialPolynomials(n, q)[index][1]);
      }
      pair.dispose();
    }
  });

  it("are really asserted: a lane beyond 4q traps there, and not in the build without assertions", async () => {
    const n = 4096;
    const [q] = nttPrimes(n, 28, 1);
    for (const [source, traps] of [
      [debugBuild, true],
      [undefined, false],
    ] as const) {
      const memory = new WebAssembly.Memory({ initial: 16 });
      const wasm = await instantiateKernel(await compileKernel(source), memory);
      const machine = new Machine(wasm, new Arena(memory, 2 ** 24), n, [q]);
      const row = machine.put(new Uint32Array(n).fill(4 * q));
      const transform = (): void => {
        wasm.forward(row, row, 0, n, machine.primes[0].address, 1);
      };
      if (traps) expect(transform).to.throw(WebAssembly.RuntimeError);
      else expect(transform).to.not.throw();
    }
  });
});
