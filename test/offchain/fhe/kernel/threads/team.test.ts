/** What a kernel does when the threads that help it are missing, slow or dead. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { expect } from "chai";
import { N8192_D6_S1 } from "../../../../../offchain/fhe/ckks/named-sets.ts";
import { createKernel, type Kernel } from "../../../../../offchain/fhe/kernel/kernel.ts";
import { Owner } from "../../../../../offchain/fhe/kernel/owner.ts";
import type { StartThread } from "../../../../../offchain/fhe/kernel/threads/start-thread.ts";
import { startNodeThread } from "../../../../../offchain/node/evaluation/node-thread.ts";

const params = N8192_D6_S1.set;

/** Starts workers of a program of this folder, and keeps them. */
function starter(program: string, workers: Worker[]): StartThread {
  return (start, onEnd) => {
    const worker = new Worker(new URL(program, import.meta.url), { workerData: start });
    workers.push(worker);
    worker.on("error", () => undefined);
    worker.once("exit", onEnd);
    return {
      ready: once(worker, "message").then(() => undefined),
      terminate() {
        void worker.terminate();
      },
    };
  };
}

async function kernelOf(start: StartThread, patienceMs: number): Promise<Kernel> {
  return await createKernel({ params, semantics: "hoisted-1", threads: { count: 2, start, patienceMs } });
}

function input(kernel: Kernel, owner: Owner) {
  const rows = Array.from({ length: 12 }, (_, k) => new Uint32Array(params.n).map((_, i) => (i * 7919 + k) % 65537));
  return kernel.importCiphertext(owner, rows, 6);
}

/** Evaluates until a helper has begun a part, which is a matter of luck. */
function evaluateOften(kernel: Kernel): void {
  for (let turn = 0; turn < 2000; turn++) {
    using owner = new Owner();
    sumOf(kernel, owner);
  }
}

function sumOf(kernel: Kernel, owner: Owner): Uint32Array[] {
  const a = input(kernel, owner);
  return kernel.exportCiphertext(kernel.mul(kernel.add(a, a), a));
}

describe("the threads of a kernel", function () {
  this.timeout(60_000);
  let expected: Uint32Array[];

  before(async () => {
    using owner = new Owner();
    using kernel = await createKernel({ params, semantics: "hoisted-1" });
    expected = sumOf(kernel, owner);
  });

  it("are refused in numbers that make no sense", async () => {
    for (const count of [0, 17, 1.5, Number.NaN]) {
      const outcome = await createKernel({
        params,
        semantics: "hoisted-1",
        threads: { count, start: startNodeThread },
      }).catch((error: unknown) => error);
      expect(outcome).to.have.property("code", "KERNEL_USE");
    }
  });

  it("are fewer where they do not start", async () => {
    using owner = new Owner();
    using kernel = await kernelOf(() => {
      throw new Error("no threads here");
    }, 5000);
    expect(kernel.threads).to.equal(1);
    expect(sumOf(kernel, owner)).to.deep.equal(expected);
  });

  it("hold nobody up when they do not come to their parts", async () => {
    const workers: Worker[] = [];
    using owner = new Owner();
    using kernel = await kernelOf(starter("idle-thread.ts", workers), 5000);
    expect(kernel.threads).to.equal(2);
    for (let turn = 0; turn < 5; turn++) expect(sumOf(kernel, owner)).to.deep.equal(expected);
    await workers[0].terminate();
    // Its end was noticed.
    expect(kernel.threads).to.equal(1);
    expect(sumOf(kernel, owner)).to.deep.equal(expected);
  });

  it("end an operation with an error when one dies in it, after which the others go on", async () => {
    const workers: Worker[] = [];
    using kernel = await kernelOf(starter("dying-thread.ts", workers), 300);
    const ended = once(workers[0], "exit");
    const started = performance.now();
    expect(() => {
      evaluateOften(kernel);
    })
      .to.throw()
      .with.property("code", "KERNEL_THREAD");
    expect(performance.now() - started).to.be.below(20_000);
    await ended;
    expect(kernel.threads).to.equal(1);
    using owner = new Owner();
    expect(sumOf(kernel, owner)).to.deep.equal(expected);
  });

  it("end an operation with an error at once when a call fails in one", async () => {
    using kernel = await kernelOf(starter("failing-thread.ts", []), 30_000);
    const started = performance.now();
    expect(() => {
      evaluateOften(kernel);
    })
      .to.throw()
      .with.property("code", "KERNEL_THREAD");
    expect(performance.now() - started).to.be.below(20_000);
  });

  it("end when the kernel is disposed", async () => {
    const workers: Worker[] = [];
    const kernel = await kernelOf(starter("../../../../../offchain/node/evaluation/kernel-thread.ts", workers), 5000);
    const ended = once(workers[0], "exit");
    kernel[Symbol.dispose]();
    expect(await ended).to.deep.equal([0]);
    expect(kernel.threads).to.equal(1);
  });

  it("do not keep a process that forgets them", async () => {
    const program = path.join(import.meta.dirname, "forgotten-kernel.ts");
    const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: 30_000 });
    expect(stdout).to.equal("3\n");
  });
});
