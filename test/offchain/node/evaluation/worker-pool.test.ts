import { expect } from "chai";

import { stepsWithState } from "../../../../offchain/fhe/engine/state.ts";
import { EvaluationCrashedError } from "../../../../offchain/node/errors.ts";
import type { CheckPayload, PackPayload } from "../../../../offchain/node/evaluation/messages.ts";
import { WorkerPool } from "../../../../offchain/node/evaluation/worker-pool.ts";
import { echoPlan } from "../../client/echo-plan.ts";
import { userBytes } from "./user-bytes.ts";

const echo = echoPlan();
const user = userBytes(echo, "cc");
/** The pool takes what it is given. */
const copied = (packs: readonly PackPayload[]): PackPayload[] =>
  packs.map(({ residuesRoot, bytes }) => ({ residuesRoot, bytes: bytes.slice() }));
const model = { planDigest: echo.digest, plan: echo.bytes, constants: new Uint32Array(0) };

describe("WorkerPool", function () {
  this.timeout(60_000);
  let payload: Omit<CheckPayload, "packs">;
  let packs: readonly PackPayload[];
  let fetched = 0;
  const fetchPacks = (): Promise<readonly PackPayload[]> => {
    fetched++;
    return Promise.resolve(copied(packs));
  };

  before(async () => {
    ({ packs, ...payload } = await user.payload());
  });
  const evaluation = (request: bigint) => ({
    ...payload,
    chainId: 1n,
    hub: `0x${"44".repeat(20)}` as const,
    request,
    seed: new Uint8Array(32),
  });

  it("gives the same state at a step with every engine, another at another step, and fetches keys only when they are not open", async () => {
    const rotated = echoPlan({ rotation: true });
    const { packs: own, ...asked } = await userBytes(rotated, "dd").payload();
    const states: string[] = [];
    for (const engine of ["seal", "simd"] as const) {
      await using pool = new WorkerPool({
        workers: 1,
        openKeySets: 1,
        engine,
        timeoutMs: 30_000,
        onRestart: () => undefined,
      });
      await pool.load({ planDigest: rotated.digest, plan: rotated.bytes, constants: new Uint32Array(0) });
      let asks = 0;
      const give = (): Promise<readonly PackPayload[]> => Promise.resolve(++asks === 1 ? copied(own) : []);
      // As a juror does after a restart: nothing was checked or evaluated before.
      for (const step of stepsWithState(rotated.plan)) states.push(await pool.stateAt({ ...asked, step }, give));
      expect(asks).to.equal(1);
    }
    const [first, second, ...again] = states;
    expect(again).to.deep.equal([first, second]);
    expect(first).not.to.equal(second);
  });

  it("fetches keys once and evaluates the same bytes to the same result, with every engine and number of workers", async () => {
    const results: Uint8Array[] = [];
    for (const [workers, engine] of [
      [1, "seal"],
      [2, "simd"],
    ] as const) {
      await using pool = new WorkerPool({
        workers,
        openKeySets: 1,
        engine,
        timeoutMs: 30_000,
        onRestart: () => undefined,
      });
      await pool.load(model);
      fetched = 0;
      expect(await pool.check(payload, fetchPacks)).to.deep.equal({ ok: true });
      results.push((await pool.evaluate(evaluation(7n), fetchPacks)).result);
      expect(fetched).to.equal(1);
    }
    expect(results[0]).to.deep.equal(results[1]);
  });

  it("masks another request differently", async () => {
    await using pool = new WorkerPool({
      workers: 1,
      openKeySets: 1,
      engine: "seal",
      timeoutMs: 30_000,
      onRestart: () => undefined,
    });
    await pool.load(model);
    const [a, b] = [await pool.evaluate(evaluation(1n), fetchPacks), await pool.evaluate(evaluation(2n), fetchPacks)];
    expect(a.result).not.to.deep.equal(b.result);
  });

  it("replaces a worker that takes too long, fails only what it did, and goes on", async () => {
    const restarts: string[] = [];
    await using pool = new WorkerPool({
      workers: 1,
      openKeySets: 1,
      engine: "seal",
      timeoutMs: 1,
      onRestart: (reason) => restarts.push(reason),
    });
    let failure: unknown;
    await pool.check(payload, fetchPacks).catch((error: unknown) => (failure = error));
    expect(failure).to.be.instanceOf(EvaluationCrashedError);
    expect(restarts).to.have.length.greaterThan(0);
  });

  it("opens weights anew for every worker, those that replace one included, and keeps none of them", async () => {
    for (const [workers, timeoutMs] of [
      [2, 30_000],
      [1, 1],
    ]) {
      const opened: Uint32Array<ArrayBuffer>[] = [];
      const constants = (): Promise<Uint32Array<ArrayBuffer>> => {
        const residues = new Uint32Array(0);
        opened.push(residues);
        return Promise.resolve(residues);
      };
      await using pool = new WorkerPool({
        workers,
        openKeySets: 1,
        engine: "simd",
        timeoutMs,
        onRestart: () => undefined,
      });
      // Within a millisecond nothing is loaded: the worker is replaced.
      const outcome = await pool.load({ ...model, constants }).catch((error: unknown) => error);
      if (timeoutMs === 1) expect(outcome).to.be.instanceOf(EvaluationCrashedError);
      expect(opened).to.have.length.at.least(2);
      for (const { buffer } of opened.slice(0, workers)) expect(buffer.detached).to.equal(true);
    }
  });

  it("fails what waits when it is closed, instead of waiting for ever", async () => {
    const pool = new WorkerPool({
      workers: 1,
      openKeySets: 1,
      engine: "seal",
      timeoutMs: 30_000,
      onRestart: () => undefined,
    });
    const waiting = pool.check(payload, fetchPacks).catch((error: unknown) => error);
    await pool[Symbol.asyncDispose]();
    expect(await waiting).to.be.instanceOf(EvaluationCrashedError);
  });
});
