/**
 * mocha's `spec` reporter that also writes what it counted to the file named by COUNTS_FILE, so that `npm test` can add up several runs.
 */
import { appendFileSync } from "node:fs";

import Mocha from "mocha";

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export default class CountsReporter extends Mocha.reporters.Spec {
  override done(failures: number, fn?: (failures: number) => void): void {
    const file = process.env.COUNTS_FILE;
    if (file !== undefined) {
      const counts: Counts = { passed: this.stats.passes, failed: this.stats.failures, skipped: this.stats.pending };
      appendFileSync(file, `${JSON.stringify(counts)}\n`);
    }
    fn?.(failures);
  }
}

/** What `require` gives: Hardhat has mocha load its reporter that way. */
export { CountsReporter as "module.exports" };
