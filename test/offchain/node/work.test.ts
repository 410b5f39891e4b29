/** What a node does with the bytes of a batch between its draw and its answer. */
import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";
import { pino } from "pino";

import type { InferenceRequest } from "../../../offchain/chain/types.ts";
import { blobRoot } from "../../../offchain/digest/merkle.ts";
import { createBlobSource, type BlobSource } from "../../../offchain/node/blob-source.ts";
import { CheckedInputs } from "../../../offchain/node/checked-inputs.ts";
import type { DutyContext } from "../../../offchain/node/context.ts";
import type { Evaluation } from "../../../offchain/node/evaluation/evaluation.ts";
import { Evaluator } from "../../../offchain/node/evaluation/evaluator.ts";
import type { BatchProgress, EvaluatePayload, PackPayload } from "../../../offchain/node/evaluation/messages.ts";
import { createMetrics } from "../../../offchain/node/metrics.ts";
import { check, evaluate, stateOf, type Work } from "../../../offchain/node/work.ts";
import { FileStore } from "../../../offchain/storage/file-store.ts";
import { hub, keySet, model, plan, userBatch } from "./evaluation/user-batch.ts";

const TOTAL = plan.inputs.length;
const DAY = 24 * 60 * 60 * 1000;
const STEP = plan.instructions.findIndex(({ op }) => op === "square");

describe("the input of a batch at a node", function () {
  this.timeout(60_000);
  let folder: string;
  let good: EvaluatePayload;
  let bytes: Uint8Array<ArrayBuffer>;
  let fetches = 0;
  let checkedCiphertexts = 0;
  let evaluatedCiphertexts = 0;

  before(async () => {
    ({ bytes, good } = await userBatch());
  });
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "cloakwork-work-"));
    [fetches, checkedCiphertexts, evaluatedCiphertexts] = [0, 0, 0];
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** A node on the same folder, as it is after each start: its memory is new, its disk is not. */
  async function startedNode(): Promise<{ context: DutyContext; work: Work; store: FileStore } & Disposable> {
    const evaluator = new Evaluator(1, "simd");
    await evaluator.load(model);
    const packs = (): PackPayload[] => (good.packs ?? []).map((pack) => ({ ...pack, bytes: pack.bytes.slice() }));
    const count = ({ stage }: BatchProgress): void => {
      if (stage === "read") checkedCiphertexts++;
      else evaluatedCiphertexts++;
    };
    const pool: Evaluation = {
      load: () => Promise.resolve(),
      check: (payload) => evaluator.check({ ...payload, packs: packs() }, count),
      evaluate: (payload) => evaluator.evaluate({ ...payload, packs: packs() }, count),
      stateAt: (payload) => evaluator.stateAt({ ...payload, packs: packs() }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const store = await FileStore.open(path.join(folder, "blobs"));
    const local = createBlobSource(store, [], 31_337);
    const blobs: BlobSource = {
      ...local,
      async file(root, options) {
        if (!(await store.has(root))) {
          fetches++;
          await store.put(bytes);
        }
        return await local.file(root, options);
      },
    };
    const checkedInputs = new CheckedInputs(path.join(folder, "node.sqlite"));
    const input: Work["input"] = {
      planDigest: model.planDigest,
      keySetId: keySet,
      blobRoot: blobRoot(bytes),
      residuesRoot: good.input.residuesRoot,
      size: bytes.length,
      keepUntil: Date.now() + DAY,
    };
    const options = { maxBytes: bytes.length, hints: [], signal: new AbortController().signal, withinMs: 1000 };
    const work = {
      requestId: 5n,
      input,
      served: { plan },
      model: { name: "batch", seed: () => good.seed },
      packs: () => Promise.resolve([]),
      payload: async () => ({
        planDigest: model.planDigest,
        keySetId: keySet,
        packsDigest: good.packsDigest,
        input: {
          residuesRoot: input.residuesRoot,
          file: await blobs.file(input.blobRoot, options),
          digests: checkedInputs.get(input),
        },
      }),
    } as unknown as Work;
    const context = {
      chain: { deployment: { chainId: 31_337, contracts: { hub } } },
      pool,
      blobs,
      checkedInputs,
      metrics: createMetrics(),
      log: pino({ level: "silent" }),
    } as unknown as DutyContext;
    return {
      context,
      work,
      store,
      [Symbol.dispose]() {
        evaluator[Symbol.dispose]();
        checkedInputs[Symbol.dispose]();
      },
    };
  }

  const request = { requestId: 5n, noiseIndex: 0 } as unknown as InferenceRequest;

  it("is fetched once, checked once, and read once more by each evaluation, whether the node is started again in between or not", async () => {
    let result: Uint8Array;
    {
      using node = await startedNode();
      expect(await check(node.context, node.work)).to.include({ ok: true });
      expect([fetches, checkedCiphertexts, evaluatedCiphertexts]).to.deep.equal([1, TOTAL, 0]);
      ({ result } = await evaluate(node.context, request, node.work));
      expect([fetches, checkedCiphertexts, evaluatedCiphertexts]).to.deep.equal([1, TOTAL, TOTAL]);
    }
    {
      using node = await startedNode();
      expect((await evaluate(node.context, request, node.work)).result).to.deep.equal(result);
      expect([fetches, checkedCiphertexts, evaluatedCiphertexts]).to.deep.equal([1, TOTAL, 2 * TOTAL]);
    }
    {
      // As one of several, as a juror: they ask for the verdict again.
      using node = await startedNode();
      expect(await check(node.context, node.work)).to.include({ ok: true });
      await stateOf(node.context, node.work, STEP);
      expect([fetches, checkedCiphertexts]).to.deep.equal([1, TOTAL]);
    }
  });

  it("is checked once where many others are checked before it is evaluated", async () => {
    using node = await startedNode();
    await check(node.context, node.work);
    for (let other = 0; other < 40; other++) {
      const residuesRoot = `0x${other.toString(16).padStart(64, "0")}` as const;
      node.context.checkedInputs.keep({ ...node.work.input, residuesRoot }, new Uint8Array(32), Date.now() + DAY);
    }
    await evaluate(node.context, request, node.work);
    expect(checkedCiphertexts).to.equal(TOTAL);
  });

  it("is put aside when it changed on the disk after it was checked, then fetched and checked anew", async () => {
    using node = await startedNode();
    await check(node.context, node.work);
    const file = await node.store.pathOf(node.work.input.blobRoot);
    await rm(file);
    await appendFile(file, bytes.with(300, bytes[300] ^ 1));
    let thrown: unknown;
    await evaluate(node.context, request, node.work).catch((error: unknown) => (thrown = error));
    expect(thrown).to.have.property("code", "BLOB_CORRUPT");
    expect(node.context.checkedInputs.get(node.work.input)).to.equal(undefined);
    expect(await check(node.context, node.work)).to.include({ ok: true });
    expect([fetches, checkedCiphertexts]).to.deep.equal([2, 2 * TOTAL]);
    await evaluate(node.context, request, node.work);
  });
});

describe("what a node remembers of checked inputs", () => {
  const input = { planDigest: "0x01", keySetId: "0x02", blobRoot: "0x03", residuesRoot: "0x04" } as const;
  const named = input as unknown as Work["input"];

  it("is of the same plan, keys, bytes and root alone", () => {
    using inputs = new CheckedInputs(":memory:");
    inputs.keep(named, Uint8Array.of(1, 2), 1000, 0);
    expect(inputs.get(named)).to.deep.equal(Uint8Array.of(1, 2));
    for (const part of Object.keys(input)) expect(inputs.get({ ...named, [part]: "0x05" }), part).to.equal(undefined);
  });

  it("goes when its time is over, and stays for whoever needs it longest", () => {
    using inputs = new CheckedInputs(":memory:");
    const other = { ...named, residuesRoot: "0x09" } as unknown as Work["input"];
    inputs.keep(named, Uint8Array.of(1), 1000, 0);
    inputs.keep(named, Uint8Array.of(1), 500, 0);
    inputs.keep(other, Uint8Array.of(2), 3000, 999);
    expect(inputs.get(named)).to.deep.equal(Uint8Array.of(1));
    inputs.keep(other, Uint8Array.of(2), 3000, 1001);
    expect([inputs.get(named), inputs.get(other)]).to.deep.equal([undefined, Uint8Array.of(2)]);
  });
});
