import { expect } from "chai";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { openDataFolder } from "../../../offchain/node/data-folder.ts";
import { DataFolderBusyError, DataFolderError } from "../../../offchain/node/errors.ts";
import { JobStore } from "../../../offchain/node/jobs.ts";

describe("JobStore", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "cloakwork-jobs-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("remembers state, result and cursor after it was closed", () => {
    const file = path.join(folder, "jobs.sqlite");
    {
      using jobs = new JobStore(file);
      jobs.add(7n, 100);
      jobs.move(7n, "evaluated", { dueBy: 200, result: Uint8Array.of(1, 2, 3) });
      jobs.setCursor(42);
    }
    using jobs = new JobStore(file);
    expect(jobs.get(7n)).to.include({ requestId: 7n, state: "evaluated", dueBy: 200, attempts: 0 });
    expect(jobs.result(7n)).to.deep.equal(Uint8Array.of(1, 2, 3));
    expect(jobs.cursor()).to.equal(42);
  });

  it("does not start a job over when its event is seen again, even after it ended", () => {
    using jobs = new JobStore(":memory:");
    jobs.add(1n, 100);
    jobs.move(1n, "evaluated", { result: Uint8Array.of(9) });
    jobs.add(1n, 300);
    expect(jobs.get(1n)).to.include({ state: "evaluated", dueBy: 100 });
    jobs.move(1n, "ended", { note: "settled" });
    jobs.add(1n, 300);
    expect(jobs.get(1n)).to.include({ state: "ended", note: "settled" });
  });

  it("gives open jobs by urgency, ids beyond 2^53 included", () => {
    using jobs = new JobStore(":memory:");
    const large = 2n ** 200n;
    jobs.add(large, 50);
    jobs.add(2n, 10);
    jobs.add(3n, 30);
    jobs.move(3n, "ended");
    expect(jobs.open().map(({ requestId }) => requestId)).to.deep.equal([2n, large]);
    expect(jobs.counts()).to.deep.equal({ drawing: 2, ended: 1 });
  });

  it("counts failures and forgets them at the next step", () => {
    using jobs = new JobStore(":memory:");
    jobs.add(1n, 100);
    expect(jobs.failed(1n, "no peer has the input")).to.equal(1);
    expect(jobs.failed(1n, "no peer has the input")).to.equal(2);
    jobs.move(1n, "accepted");
    expect(jobs.get(1n)).to.include({ attempts: 0, note: "" });
  });
});

describe("openDataFolder", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "cloakwork-data-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const lost = (reason: Error): never => {
    throw reason;
  };

  it("keeps a second daemon out until the first is gone", async () => {
    const first = await openDataFolder(path.join(folder, "node"), lost);
    let refusal: unknown;
    await openDataFolder(path.join(folder, "node"), lost).catch((error: unknown) => (refusal = error));
    expect(refusal).to.be.instanceOf(DataFolderBusyError);
    await first[Symbol.asyncDispose]();
    await (await openDataFolder(path.join(folder, "node"), lost))[Symbol.asyncDispose]();
  });

  it("says why a folder cannot be used", async () => {
    const file = path.join(folder, "file");
    await writeFile(file, "");
    let refusal: unknown;
    await openDataFolder(path.join(file, "node"), lost).catch((error: unknown) => (refusal = error));
    expect(refusal).to.be.instanceOf(DataFolderError);
    expect((refusal as Error).message).to.include(file);
  });
});
