import { expect } from "chai";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { AnswerStore, refusalAnswer, resultAnswer, UNAVAILABLE } from "../../../offchain/node/answers.ts";
import { CaseStore } from "../../../offchain/node/disputes/cases.ts";
import { JobStore } from "../../../offchain/node/jobs.ts";

const BINDING = `0x${"ab".repeat(32)}` as const;

describe("what a node must not lose between a commitment and its reveal", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "cloakwork-answers-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("is there after a restart, with the same salt, in the same file as the jobs", () => {
    const file = path.join(folder, "jobs.sqlite");
    const result = Uint8Array.of(1, 2, 3);
    using jobs = new JobStore(file);
    jobs.add(1n, 10);
    let salt: string;
    {
      using answers = new AnswerStore(file);
      ({ salt } = answers.keep(BINDING, "replica", resultAnswer(result)));
    }
    using answers = new AnswerStore(file);
    expect(answers.get(BINDING, "replica")).to.deep.equal({ ...resultAnswer(result), salt });
    expect(salt).to.match(/^0x[0-9a-f]{64}$/);
  });

  it("is never replaced: it may have been committed to", () => {
    using answers = new AnswerStore(":memory:");
    const first = answers.keep(BINDING, "juror", refusalAnswer(11));
    expect(answers.keep(BINDING, "juror", resultAnswer(Uint8Array.of(9)))).to.deep.equal(first);
  });

  it("is kept apart by role, each with a salt of its own", () => {
    using answers = new AnswerStore(":memory:");
    const replica = answers.keep(BINDING, "replica", resultAnswer(Uint8Array.of(9)));
    const juror = answers.keep(BINDING, "juror", UNAVAILABLE);
    expect(juror).to.include({ kind: 3, size: 0, digest: `0x${"00".repeat(32)}` });
    expect(juror.salt).not.to.equal(replica.salt);
    expect(answers.get(BINDING, "challenger")).to.equal(undefined);
  });

  it("finds a binding however its digits are written", () => {
    using answers = new AnswerStore(":memory:");
    answers.keep(BINDING, "replica", refusalAnswer(1));
    expect(answers.get(`0x${"AB".repeat(32)}`, "replica")).to.include({ kind: 2, size: 1 });
  });

  it("and of cases, what is known of each survives; a case is begun once", () => {
    const file = path.join(folder, "jobs.sqlite");
    {
      using cases = new CaseStore(file);
      cases.add(7n, 100, "wanted");
      cases.update(7n, { state: "disputed", stateDigest: BINDING, auditKnown: true });
      cases.add(7n, 300, "no");
      cases.add(8n, 50, "no");
      cases.update(8n, { state: "ended", note: "nobody disputed it" });
    }
    using cases = new CaseStore(file);
    expect(cases.open()).to.deep.equal([
      {
        requestId: 7n,
        state: "disputed",
        dueBy: 100,
        looking: "wanted",
        auditKnown: true,
        stateDigest: BINDING,
        note: "",
      },
    ]);
    expect(cases.counts()).to.deep.equal({ disputed: 1, ended: 1 });
  });
});
