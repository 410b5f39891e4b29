import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { digestOfModule } from "../../../scripts/mutate/digests.ts";
import { Ledger, type MutantLine } from "../../../scripts/mutate/ledger.ts";
import { progress } from "../../../scripts/mutate/measure.ts";

describe("verdicts about mutants", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cloakwork-ledger-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const file = (): string => join(folder, "deep", "verdicts.jsonl");
  const open = (contracts: string, ...tests: readonly string[]): Ledger => new Ledger(file(), contracts, tests);
  const killed = (id: number, by: string): MutantLine => ({
    kind: "mutant",
    contracts: "as they are",
    id,
    reaching: 3,
    milliseconds: 1,
    killedBy: `a test of ${by}`,
    tests: [by],
  });
  const survived = (id: number, ...tests: readonly string[]): MutantLine => ({
    kind: "mutant",
    contracts: "as they are",
    id,
    reaching: 3,
    milliseconds: 1,
    tests,
  });

  it("are known to the next run", () => {
    const first = open("as they are", "a", "b");
    first.add(killed(1, "a"));
    first.add(survived(2, "a", "b"));
    const next = open("as they are", "a", "b");
    expect([1, 2, 3].map((id) => next.isDecided(id))).to.deep.equal([true, true, false]);
    expect(next.mutants.get(1)?.killedBy).to.equal("a test of a");
    expect(next.mutants.get(2)?.killedBy).to.equal(undefined);
  });

  it("do not count once the contracts have changed", () => {
    open("as they are", "a").add(killed(1, "a"));
    expect(open("otherwise", "a").isDecided(1)).to.equal(false);
  });

  it("that a test killed a mutant count until that test changes", () => {
    open("as they are", "a", "b").add(killed(1, "a"));
    expect(open("as they are", "a", "b changed").isDecided(1)).to.equal(true);
    expect(open("as they are", "a changed", "b").isDecided(1)).to.equal(false);
  });

  it("that a mutant survived leave the new tests to be tried, and only those", () => {
    open("as they are", "a", "b").add(survived(1, "a", "b"));
    const next = open("as they are", "a", "b changed", "c");
    expect(next.isDecided(1)).to.equal(false);
    expect(next.survivedWith(1)).to.deep.equal(["a"]);
    next.add(survived(1, "a", "b changed", "c"));
    expect(open("as they are", "a", "b changed", "c").isDecided(1)).to.equal(true);
  });

  it("outlast a run that was stopped in the middle of a line", () => {
    open("as they are", "a").add(killed(1, "a"));
    appendFileSync(file(), '{"kind":"mutant","contracts":"as th');
    const next = open("as they are", "a");
    next.add(killed(2, "a"));
    const last = open("as they are", "a");
    expect([last.isDecided(1), last.isDecided(2)]).to.deep.equal([true, true]);
  });

  it("are only read by who only reads", () => {
    open("as they are", "a").add(killed(1, "a"));
    appendFileSync(file(), "half a line");
    const before = readFileSync(file(), "utf8");
    open("as they are", "a");
    expect(readFileSync(file(), "utf8")).to.equal(before);
  });

  it("rest on all a test imports and reads, and on nothing else", () => {
    const write = (name: string, text: string): string => {
      mkdirSync(join(folder, "test"), { recursive: true });
      writeFileSync(join(folder, "test", name), text);
      return join(folder, "test", name);
    };
    const test = write("one.test.ts", 'import { two } from "./two.ts";\nreadFileSync("test/vectors.json");\n');
    write("two.ts", 'export { three } from "./three.ts";\n');
    write("three.ts", "export const three = 3;\n");
    write("vectors.json", "[]");
    write("other.ts", "export const other = 1;\n");
    const digest = (also = "packages"): string => digestOfModule(folder, test, also);
    const before = digest();
    write("other.ts", "export const other = 2;\n");
    expect(digest()).to.equal(before);
    expect(digest("other packages")).not.to.equal(before);
    write("three.ts", "export const three = 4;\n");
    const after = digest();
    expect(after).not.to.equal(before);
    write("vectors.json", "[1]");
    expect(digest()).not.to.equal(after);
  });

  it("come with their rate and the time left", () => {
    expect(progress(1500, 1400, 1400, 30_000)).to.equal("100 of 1500 mutants");
    expect(progress(1500, 1400, 1340, 120_000)).to.equal("160 of 1500 mutants, 30 a minute, 45 minutes left");
  });
});
