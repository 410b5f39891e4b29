/** A model as TensorFlow.js saves it: `model.json` and the weight files it names, beside it. */
import { readFile } from "node:fs/promises";
import path from "node:path";

import { concatBytes } from "../digest/bytes.ts";
import { weightPaths } from "../fhe/graph/import-tfjs.ts";
import type { ModelSource } from "../publisher/types.ts";
import { malformed, unreadable } from "./errors.ts";

/**
 * Reads a model.
 *
 * @param file path of `model.json`
 * @throws CliError `FILE_UNREADABLE`, `FILE_INVALID`; ModelError when it is no layers model
 */
export async function readModelFiles(file: string): Promise<ModelSource> {
  const modelJson = await readJson("model", file);
  const folder = path.dirname(path.resolve(file));
  const weights = await Promise.all(
    weightPaths(modelJson).map(async (name) => {
      const place = path.resolve(folder, name);
      // The paths are the model's own: they name files beside it and nothing else on this machine.
      if (!place.startsWith(folder + path.sep)) throw malformed("model", file, "it names weights outside its folder");
      try {
        return await readFile(place);
      } catch (cause) {
        throw unreadable("weight file", place, cause);
      }
    }),
  );
  return { modelJson, weights: concatBytes(...weights) };
}

/** @throws CliError `FILE_UNREADABLE`, `FILE_INVALID` */
export async function readJson(what: string, file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw unreadable(what, file, cause);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw malformed(what, file, cause instanceof Error ? `it is not JSON (${cause.message})` : "it is not JSON");
  }
}
