/** Joins class names, leaving out what is false or empty. */
export function cn(...parts: readonly (string | false | null | undefined)[]): string {
  return parts.filter((part) => part !== false && part !== null && part !== undefined && part !== "").join(" ");
}
