import Mocha from "mocha";

/** One test. */
export interface Case {
  readonly title: string;
  /** The file it is in. */
  readonly file: string;
  readonly run: () => unknown;
}

const TIMEOUT_MS = 60_000;
/** What `runCase` says of a test that does not end. It goes on behind whatever runs next. */
export const TOO_LONG = "too long";

/**
 * Loads test files and takes their tests out, to be run in any order and as often as wanted. They must have no hooks.
 *
 * @param files with absolute paths
 */
export async function loadCases(files: readonly string[]): Promise<Case[]> {
  const mocha = new Mocha({ timeout: TIMEOUT_MS });
  for (const file of files) mocha.addFile(file);
  await mocha.loadFilesAsync();
  const cases: Case[] = [];
  mocha.suite.eachTest((test) => {
    const { fn, file } = test;
    if (fn === undefined || file === undefined) return;
    const context = {
      skip: () => undefined,
      timeout: () => undefined,
    };
    cases.push({ title: test.fullTitle(), file, run: (): unknown => Reflect.apply(fn, context, []) });
  });
  return cases;
}

/** Runs a test; what it failed with, or `undefined`. */
export async function runCase(one: Case): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([
      Promise.resolve(one.run()),
      new Promise((_, reject) => {
        timer = setTimeout(() => {
          reject(new Error(TOO_LONG));
        }, TIMEOUT_MS);
      }),
    ]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}
