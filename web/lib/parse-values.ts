/** Numbers as they were read, or why they could not be. */
export interface ParsedValues {
  readonly values: Float32Array | undefined;
  readonly problem: string | undefined;
}

/**
 * Reads a list of numbers that a person typed or pasted.
 *
 * @param text separated by commas, semicolons, spaces or lines
 * @param count how many there must be
 * @param min least each may be
 * @param max most each may be
 */
export function parseValues(text: string, count: number, min: number, max: number): ParsedValues {
  const words = text.split(/[\s,;]+/).filter((word) => word !== "");
  const problem = (words_: string): ParsedValues => ({ values: undefined, problem: words_ });
  const numbers = words.map(Number);
  const bad = numbers.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) return problem(`Number ${bad + 1}, “${words[bad].slice(0, 20)}”, is not a number.`);
  const outside = numbers.findIndex((value) => value < min || value > max);
  if (outside >= 0) return problem(`Number ${outside + 1}, ${numbers[outside]}, is outside ${min} to ${max}.`);
  if (numbers.length !== count) return problem(`${numbers.length} numbers, ${count} are needed.`);
  return { values: Float32Array.from(numbers), problem: undefined };
}
