import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";

import { fromHex } from "../../../../offchain/digest/hex.ts";
import { untrusted } from "../../../../offchain/fhe/ckks/untrusted.ts";
import { evaluateGraph } from "../../../../offchain/fhe/graph/evaluate.ts";
import { scaleToNumber } from "../../../../offchain/fhe/plan/exact-scale.ts";
import { openBatch } from "../../../../offchain/fhe/result/open-batch.ts";
import { Evaluator } from "../../../../offchain/node/evaluation/evaluator.ts";
import type {
  BatchProgress,
  EvaluatePayload,
  FilePayload,
  PackPayload,
  Verdict,
} from "../../../../offchain/node/evaluation/messages.ts";
import { WorkerPool } from "../../../../offchain/node/evaluation/worker-pool.ts";
import { REJECT_CODES } from "../../../../offchain/node/reject-codes.ts";
import {
  COUNT,
  graph,
  hub,
  keySet,
  model,
  packOf,
  params,
  plan,
  secret,
  types,
  userBatch,
  values,
} from "./user-batch.ts";

describe("a batch in an evaluating worker", function () {
  this.timeout(60_000);
  let folder: string;
  let good: EvaluatePayload;
  let bytes: Uint8Array;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "cloakwork-batch-"));
    ({ bytes, good } = await userBatch());
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function onDisk(content: Uint8Array, name = "input"): Promise<FilePayload> {
    const file = path.join(folder, name);
    await writeFile(file, content);
    return { residuesRoot: good.input.residuesRoot, file };
  }

  /** The same input with what its check gave. */
  function checked(input: FilePayload, verdict: Verdict): FilePayload {
    expect(verdict).to.have.all.keys("ok", "digests").and.to.include({ ok: true });
    return { ...input, digests: verdict.ok ? verdict.digests : undefined };
  }

  async function started(): Promise<Evaluator> {
    const evaluator = new Evaluator(2, "simd");
    await evaluator.load(model);
    return evaluator;
  }

  it("gives the same bytes at every node, from memory or from the disk, and they open to the model's answers", async () => {
    using one = await started();
    using other = new Evaluator(1, "seal");
    await other.load(model);
    const file = await onDisk(bytes);
    const input = checked(file, await one.check({ ...good, input: file }));
    const { result } = await one.evaluate({ ...good, input });
    expect((await other.evaluate(good)).result).to.deep.equal(result);
    expect((await one.evaluate({ ...good, input, request: 6n })).result).not.to.deep.equal(result);
    const { samples, errorBound } = openBatch({
      secret,
      bytes: untrusted(result),
      bits: plan.batch!.bits,
      scales: plan.outputs.map(({ value }) => scaleToNumber(params, types[value].scale)),
      expected: {
        chainId: 31337n,
        hub,
        request: 5n,
        plan: model.planDigest,
        keySet,
        inputs: [good.input.residuesRoot],
      },
      count: COUNT,
      evaluationError: Number(plan.estimates.errorBound),
    });
    samples.forEach((sample, k) => {
      const expected = evaluateGraph(graph, values.subarray(3 * k, 3 * k + 3));
      sample.values().forEach((value, output) => expect(value).to.be.closeTo(expected[output], errorBound));
    });
  });

  it("tells which ciphertext of how many it is at, as it reads and as it evaluates; a worker tells it on", async () => {
    const file = await onDisk(bytes);
    const total = plan.inputs.length;
    const all = (stage: string) => Array.from({ length: total }, (_, k) => ({ stage, done: k + 1, total }));
    using evaluator = await started();
    const told: BatchProgress[] = [];
    const tell = (progress: BatchProgress): number => told.push(progress);
    const input = checked(file, await evaluator.check({ ...good, input: file }, tell));
    expect(told.splice(0)).to.deep.equal(all("read"));
    await evaluator.evaluate({ ...good, input }, tell);
    expect(told.splice(0)).to.deep.equal(all("evaluate"));

    const options = {
      workers: 1,
      openKeySets: 1,
      engine: "simd",
      timeoutMs: 30_000,
      onRestart: () => undefined,
    } as const;
    await using pool = new WorkerPool({ ...options, progressMs: 0 });
    await pool.load(model);
    const { packs, ...asked } = { ...good, input: file };
    const give = (): Promise<readonly PackPayload[]> =>
      Promise.resolve((packs ?? []).map((pack) => ({ ...pack, bytes: pack.bytes.slice() })));
    const known = checked(file, await pool.check(asked, give, tell));
    await pool.evaluate({ ...asked, input: known }, give, tell);
    expect(told).to.deep.equal([...all("read"), ...all("evaluate")]);
  });

  it("shows the same state at a step, wherever its input is read from", async () => {
    using evaluator = await started();
    const step = plan.instructions.findIndex(({ op }) => op === "square");
    const digest = await evaluator.stateAt({ ...good, step });
    expect(await evaluator.stateAt({ ...good, step, input: await onDisk(bytes) })).to.equal(digest);
    expect(fromHex(digest)).to.have.length(32);
  });

  it("is refused with the parser's code, from the disk as from memory", async () => {
    using evaluator = await started();
    const cases: readonly [keyof typeof REJECT_CODES, Uint8Array][] = [
      ["BATCH_INPUT_TRUNCATED", bytes.subarray(0, -1)],
      ["BATCH_INPUT_COUNT", bytes.with(8, 7)],
      ["CIPHERTEXT_MAGIC", bytes.with(80, 0)],
      ["INPUT_ROOT", bytes.with(bytes.length - 9, bytes[bytes.length - 9] ^ 1)],
    ];
    for (const [name, content] of cases) {
      const refused = { ok: false, name, code: REJECT_CODES[name] };
      const { residuesRoot } = good.input;
      expect(await evaluator.check({ ...good, input: { residuesRoot, bytes: content } })).to.include(refused);
      expect(await evaluator.check({ ...good, input: await onDisk(content, name) })).to.include(refused);
    }
    expect(await evaluator.check(good)).to.deep.equal({ ok: true });
  });

  it("needs the key that its result is masked with", async () => {
    using evaluator = await started();
    const packs = [await packOf(plan.keys.filter(({ kind }) => kind !== "batchPublic"))];
    expect(await evaluator.check({ ...good, packs })).to.include({ ok: false, name: "KEY_MISSING" });
  });

  it("is not evaluated on bytes that changed on the disk after they were checked", async () => {
    using evaluator = await started();
    const file = await onDisk(bytes, "changing");
    const input = checked(file, await evaluator.check({ ...good, input: file }));
    await onDisk(bytes.with(300, bytes[300] ^ 1), "changing");
    let thrown: unknown;
    await evaluator.evaluate({ ...good, input }).catch((error: unknown) => (thrown = error));
    expect(thrown)
      .to.be.instanceOf(RangeError)
      .with.property("message")
      .that.matches(/changed after it was checked/);
    expect(await evaluator.check({ ...good, input: file })).to.include({ ok: false, name: "INPUT_ROOT" });
    await onDisk(bytes, "changing");
    const { handles, result } = await evaluator.evaluate({ ...good, input });
    expect(result).to.deep.equal((await evaluator.evaluate({ ...good, input })).result);
    expect((await evaluator.evaluate({ ...good, input })).handles).to.equal(handles);
  });
});
