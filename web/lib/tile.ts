/** The picture of an object made of bytes: the same bytes give the same picture wherever they appear. */

/** Cells along one side of a tile. */
export const TILE_SIDE = 20;

const CELLS = TILE_SIDE * TILE_SIDE;

/**
 * Takes the bytes a tile is drawn from, evenly spread over the object. Small enough to keep where the object itself is not.
 *
 * @param bytes the whole object
 * @returns 400 bytes; cells beyond a short object repeat it
 */
export function tileSample(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const sample = new Uint8Array(CELLS);
  if (bytes.length === 0) return sample;
  for (let i = 0; i < CELLS; i++) {
    const at = bytes.length >= CELLS ? Math.floor((i * bytes.length) / CELLS) : i % bytes.length;
    sample[i] = bytes[at]!;
  }
  return sample;
}

/** How dark a cell is, by the two top bits of its byte. */
const OPACITY = [0.08, 0.3, 0.6, 0.95] as const;

/**
 * The tile as pixels: black, with the opacity of each cell from its byte. Themes invert it.
 *
 * @param sample what `tileSample` took
 * @returns RGBA, `TILE_SIDE` squared
 */
export function tilePixels(sample: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(CELLS * 4);
  for (let i = 0; i < CELLS; i++) pixels[4 * i + 3] = Math.round(OPACITY[sample[i] >> 6] * 255);
  return pixels;
}
