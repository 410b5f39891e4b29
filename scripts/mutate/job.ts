/** What to do. */
export interface Job {
  /** Path of the ledger, and the digest of the contracts verdicts are about. */
  readonly ledger: string;
  readonly contracts: string;
  /** Files with tests, with their digests. */
  readonly files: readonly { readonly path: string; readonly tests: string }[];
  /** Points to switch on, in this order, with the function each is in. */
  readonly mutants: readonly { readonly id: number; readonly where: string }[];
  /** No further mutant is begun after this time, in milliseconds since 1970. */
  readonly until: number;
}

/** Exit code of a process that cannot go on, but another one can. */
export const BEGIN_AGAIN = 75;
