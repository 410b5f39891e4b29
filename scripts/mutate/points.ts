/** What a mutant does to a piece of code. */
export type Change =
  | "always true"
  | "always false"
  | "boundary"
  | "other operation"
  | "left out"
  | "operand left out"
  | "modifier left out";

/** A place where the instrumented contracts behave differently when told to, or tell which way they went. */
export interface Point {
  /** Counted from 1. */
  readonly id: number;
  readonly file: string;
  readonly line: number;
  /** Contract and function, e.g. `Balances.deposit`. */
  readonly where: string;
  /** The code as it is, spaces and line breaks drawn together. */
  readonly code: string;
  /** What is done to it; `undefined` where it is only counted. */
  readonly change?: Change;
  /** The value of a condition that was seen once this point is reached. */
  readonly branch?: boolean;
}

/** Names of points that stay while lines move: used to list mutants that change nothing. */
export function namesOf(points: readonly Point[]): ReadonlyMap<number, string> {
  const seen = new Map<string, number>();
  return new Map(
    points.map((point) => {
      const name = `${point.file} ${point.where}: ${point.code} | ${point.change ?? "counted"}`;
      const count = (seen.get(name) ?? 0) + 1;
      seen.set(name, count);
      return [point.id, count === 1 ? name : `${name} (${String(count)})`] as const;
    }),
  );
}
