/** Numbers in boxes with names: reading one, saying what is wrong with it, spreading a row over all of them. */

/** What a box takes. */
export interface FieldRange {
  /** Decimal numbers. */
  readonly min: string;
  readonly max: string;
}

/** The number in a box, with a decimal point or a decimal comma; NaN for anything else, nothing included. */
export function fieldNumber(text: string): number {
  const trimmed = text.trim();
  return trimmed === "" ? Number.NaN : Number(/^[^,.]*,[^,.]*$/.test(trimmed) ? trimmed.replace(",", ".") : trimmed);
}

/** What is wrong with what is in a box, as a short sentence; nothing is wrong with an empty one. */
export function fieldProblem(text: string, { min, max }: FieldRange): string | undefined {
  if (text.trim() === "") return undefined;
  const value = fieldNumber(text);
  if (!Number.isFinite(value)) return "This is not a number.";
  return value >= Number(min) && value <= Number(max) ? undefined : `It has to be from ${min} to ${max}.`;
}

/** The numbers of a row that was pasted, as texts; undefined where it is a single one, `0,5` included. */
export function pastedRow(text: string): readonly string[] | undefined {
  const isRow = /[\s;]/.test(text.trim()) || (text.match(/,/g)?.length ?? 0) > 1;
  const words = text.split(/[\s,;]+/).filter((word) => word !== "");
  return isRow && words.length > 1 ? words : undefined;
}
