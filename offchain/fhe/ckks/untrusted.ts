declare const origin: unique symbol;

/**
 * A value that came from outside and was not validated. No engine takes one: a `parse…` function must turn it into a type of its own first.
 * Only the type differs; at run time it is the value itself.
 */
export interface Untrusted<T> {
  readonly [origin]: T;
}

/** Marks a value as coming from outside. */
export function untrusted<T>(value: T): Untrusted<T> {
  return value as unknown as Untrusted<T>;
}

/** The value itself, for a parser that is about to validate it. */
export function distrusted<T>(value: Untrusted<T>): T {
  return value as unknown as T;
}
