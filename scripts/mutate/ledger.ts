/** Verdicts about mutants, in a file as they come: what is stopped goes on where it was, what is asked again is not tried again. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

/** What a test does while no mutant is on. */
export interface KnownCase {
  readonly title: string;
  /** Why it is left out: what it fails with although no mutant is on. */
  readonly unusable?: string;
  readonly milliseconds: number;
  /** Whether it passes with a block mined behind its fixture, too. */
  readonly mines: boolean;
  readonly fixtures: readonly string[];
  /** Points it reaches. */
  readonly itself: readonly number[];
  /** Points reached while its fixtures were made. */
  readonly throughFixture: readonly number[];
}

/** The tests of one file, in their order. */
export interface FileLine {
  readonly kind: "file";
  readonly contracts: string;
  readonly tests: string;
  readonly cases: readonly KnownCase[];
}

/** What became of a mutant. */
export interface MutantLine {
  readonly kind: "mutant";
  readonly contracts: string;
  readonly id: number;
  /** How many tests reach it. */
  readonly reaching: number;
  readonly killedBy?: string;
  /** Digests of the files whose tests were tried: the killer's alone, or all. */
  readonly tests: readonly string[];
  readonly milliseconds: number;
}

export type Line = FileLine | MutantLine;

/** What is known about the contracts as they are and the tests as they are. */
export class Ledger {
  readonly files = new Map<string, FileLine>();
  /** By mutant: the last verdict whose tests are all still there as they were, or, of one that survived, at least some. */
  readonly mutants = new Map<number, MutantLine>();
  readonly #file: string;
  readonly #contracts: string;
  readonly #tests: ReadonlySet<string>;
  #before: string;

  /**
   * @param file where lines are kept; lines about other contracts or tests stay there and are not looked at
   * @param contracts digest of the instrumented contracts and of what tries them
   * @param tests digests of the test files
   */
  constructor(file: string, contracts: string, tests: readonly string[]) {
    this.#file = file;
    this.#contracts = contracts;
    this.#tests = new Set(tests);
    mkdirSync(dirname(file), { recursive: true });
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    // Whoever was stopped in the middle of a line left it without an end: the next one begins behind it.
    this.#before = text === "" || text.endsWith("\n") ? "" : "\n";
    for (const line of text.split("\n")) this.#take(parse(line));
  }

  /** Adds a line, at once and for good. */
  add(line: Line): void {
    appendFileSync(this.#file, `${this.#before}${JSON.stringify(line)}\n`);
    this.#before = "";
    this.#take(line);
  }

  /** Digests of test files a mutant was tried with without dying. */
  survivedWith(id: number): readonly string[] {
    const known = this.mutants.get(id);
    return known === undefined || known.killedBy !== undefined ? [] : known.tests;
  }

  /** Whether there is nothing left to try. */
  isDecided(id: number): boolean {
    const known = this.mutants.get(id);
    return known !== undefined && (known.killedBy !== undefined || known.tests.length === this.#tests.size);
  }

  #take(line: Line | undefined): void {
    if (line?.contracts !== this.#contracts) return;
    if (line.kind === "file") {
      if (this.#tests.has(line.tests)) this.files.set(line.tests, line);
      return;
    }
    const tests = line.tests.filter((one) => this.#tests.has(one));
    if (tests.length > 0) this.mutants.set(line.id, { ...line, tests });
  }
}

function parse(line: string): Line | undefined {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return undefined;
  }
}
