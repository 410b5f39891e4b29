import { expect } from "chai";
import type { KeyPack } from "../../../../offchain/fhe/ckks/key-pack.ts";
import { loadSimdModel, type SimdModel } from "../../../../offchain/fhe/engine/simd.ts";
import { createKernel } from "../../../../offchain/fhe/kernel/kernel.ts";
import { params, testValues } from "../ckks/fixtures.ts";
import { handPlan } from "./hand-plan.ts";
import { input, mixed, mixedConstants, pack } from "./mixed-plan.ts";

/** What a leak would change. */
function counts({ memory }: SimdModel): Record<string, number> {
  return { count: memory.takenCount, bytes: memory.takenBytes };
}

describe("lifetimes on the simd engine", () => {
  let keys: KeyPack;
  before(async () => {
    keys = await pack(mixed.plan.keys);
  });

  it("stops when it is cancelled, in the middle of a run and while it opens keys, and frees what it made", async () => {
    using model = await loadSimdModel(mixed, mixedConstants);
    const without = counts(model);
    const opening = new AbortController();
    const cancelled = model.openKeys([keys], {
      signal: opening.signal,
      onProgress() {
        opening.abort(new Error("enough"));
      },
    });
    expect(await cancelled.catch((error: unknown) => error)).to.have.property("message", "enough");
    expect(counts(model)).to.deep.equal(without);

    const seen: number[] = [];
    using user = await model.openKeys([keys], { onProgress: (done, total) => seen.push(done / total) });
    expect(seen).to.deep.equal([0.25, 0.5, 0.75, 1]);
    const before = counts(model);
    const running = new AbortController();
    const run = user.run([input(testValues("cancel", 4), 5)], {
      signal: running.signal,
      onProgress(done) {
        if (done === 3) running.abort(new Error("enough"));
      },
    });
    expect(await run.catch((error: unknown) => error)).to.have.property("message", "enough");
    expect(counts(model)).to.deep.equal(before);
  });

  it("frees what it made when a run is refused half-way", async () => {
    const checked = handPlan({
      inputs: [{ level: 1, scale: 2 ** 20 }],
      instructions: [
        { op: "input", input: 0 },
        { op: "negate", a: 0 },
        { op: "add", a: 0, b: 1 },
      ],
      outputs: [2],
    });
    using model = await loadSimdModel(checked, new Uint32Array(0));
    using user = await model.openKeys([]);
    const before = counts(model);
    const x = { ...input(testValues("zero", 4), 1), scale: 2 ** 20 };
    const error: unknown = await user.run([x]).catch((reason: unknown) => reason);
    expect(error).to.have.property("code", "ENGINE_TRANSPARENT");
    expect(counts(model)).to.deep.equal(before);
  });

  it("gives back a user's keys, and the constants with the model", async () => {
    const model = await loadSimdModel(mixed, mixedConstants);
    const without = counts(model);
    const users = [await model.openKeys([keys]), await model.openKeys([keys])];
    expect(model.memory.takenCount).to.equal(without.count + 8);
    for (const user of users) user[Symbol.dispose]();
    expect(counts(model)).to.deep.equal(without);
    model[Symbol.dispose]();
    const bare = await createKernel({ params, semantics: "seal-4.1" });
    expect(model.memory.takenCount).to.equal(bare.takenCount);
  });

  it("empties a resizable buffer of constants, and leaves any other as it is", async () => {
    const x = input(testValues("emptied", 4), 5);
    const size = mixedConstants.byteLength;
    const resizable = new Uint32Array(new ArrayBuffer(size, { maxByteLength: size }));
    resizable.set(mixedConstants);
    const fixed = mixedConstants.slice();
    const outputs = [];
    for (const constants of [fixed, resizable]) {
      using model = await loadSimdModel(mixed, constants);
      using user = await model.openKeys([keys]);
      outputs.push(await user.run([x]));
    }
    expect(resizable.buffer.byteLength).to.equal(0);
    expect(fixed).to.deep.equal(mixedConstants);
    expect(outputs[1]).to.deep.equal(outputs[0]);
  });

  it("holds no more memory after three hundred runs than after the first", async () => {
    using model = await loadSimdModel(mixed, mixedConstants);
    using user = await model.openKeys([keys]);
    const x = input(testValues("leak", 4), 5);
    await user.run([x]);
    const before = { ...counts(model), memory: model.memory.memoryBytes };
    let resident = 0;
    for (let i = 0; i < 300; i++) {
      await user.run([x]);
      if (i === 50) resident = process.memoryUsage().rss;
    }
    expect({ ...counts(model), memory: model.memory.memoryBytes }).to.deep.equal(before);
    // One ciphertext a run, at level 5, would be 80 MB; what awaits collection is less.
    expect((process.memoryUsage().rss - resident) / 2 ** 20).to.be.lessThan(80);
  }).timeout(60_000);
});
