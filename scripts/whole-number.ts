import { InvalidArgumentError } from "commander";

/**
 * Reads whole numbers off a command line.
 *
 * @param least the least that is taken
 * @param most the most that is taken
 * @returns what `commander` calls with the text; it throws InvalidArgumentError, from which the command says which option was wrong
 */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It takes a whole number from ${least} to ${most}.`);
  };
}
