import { expect } from "chai";
import { encodeScalar } from "../../../../offchain/fhe/ckks/encoder.ts";
import type { KeyPack } from "../../../../offchain/fhe/ckks/key-pack.ts";
import { openSealSession } from "../../../../offchain/fhe/engine/seal-context.ts";
import { liveSealHandles, SealScope } from "../../../../offchain/fhe/engine/seal-handles.ts";
import { loadSealModel } from "../../../../offchain/fhe/engine/seal.ts";
import { params, testValues } from "../ckks/fixtures.ts";
import { handPlan } from "./hand-plan.ts";
import { holdSeal } from "./hold-seal.ts";
import { finalScale, input, mixed, mixedConstants, pack, scale } from "./mixed-plan.ts";

describe("lifetimes on the seal engine", () => {
  let keys: KeyPack;
  before(async () => {
    await holdSeal();
    keys = await pack(mixed.plan.keys);
  });

  it("stops when it is cancelled, in the middle of a run and while it opens keys, and frees what it made", async () => {
    using model = await loadSealModel(mixed, mixedConstants);
    const without = liveSealHandles();
    const opening = new AbortController();
    const cancelled = model.openKeys([keys], {
      signal: opening.signal,
      onProgress() {
        opening.abort(new Error("enough"));
      },
    });
    expect(await cancelled.catch((error: unknown) => error)).to.have.property("message", "enough");
    expect(liveSealHandles()).to.equal(without);

    using user = await model.openKeys([keys]);
    const before = liveSealHandles();
    const running = new AbortController();
    const run = user.run([input(testValues("cancel", 4), 5)], {
      signal: running.signal,
      onProgress(done) {
        if (done === 3) running.abort(new Error("enough"));
      },
    });
    expect(await run.catch((error: unknown) => error)).to.have.property("message", "enough");
    expect(liveSealHandles()).to.equal(before);
  });

  it("frees the context with its last user, and makes it anew for the next", async () => {
    const handles = liveSealHandles();
    const [one, two] = [new SealScope(), new SealScope()];
    const set = { ...params, id: "another-name" };
    const first = await openSealSession(one, set);
    expect(await openSealSession(two, { ...set })).to.equal(first);
    one[Symbol.dispose]();
    expect(first.context.isDeleted()).to.equal(false);
    two[Symbol.dispose]();
    expect(first.context.isDeleted()).to.equal(true);
    expect(liveSealHandles()).to.equal(handles);
    using three = new SealScope();
    expect((await openSealSession(three, set)).context.isDeleted()).to.equal(false);
  });

  it("leaks nothing over a thousand evaluations", async () => {
    const handles = liveSealHandles();
    const checked = handPlan({
      inputs: [{ level: 2, scale }],
      constants: [{ kind: "scalar", basis: "Q", level: 2, scale: finalScale }],
      instructions: [
        { op: "input", input: 0 },
        { op: "mulScalar", a: 0, constant: 0 },
        { op: "rescale", a: 1, times: 1 },
        { op: "add", a: 2, b: 2 },
      ],
      outputs: [3],
    });
    {
      using model = await loadSealModel(checked, encodeScalar(params, 0.25, { scale: finalScale, level: 2 }));
      using user = await model.openKeys([]);
      const x = input(testValues("leak", 4), 2);
      const during = liveSealHandles();
      let resident = 0;
      for (let i = 0; i < 1000; i++) {
        await user.run([x]);
        if (i === 100) resident = process.memoryUsage().rss;
      }
      expect(liveSealHandles()).to.equal(during);
      // One ciphertext a run would be 236 MB.
      expect((process.memoryUsage().rss - resident) / 2 ** 20).to.be.lessThan(120);
    }
    expect(liveSealHandles()).to.equal(handles);
  });
});
