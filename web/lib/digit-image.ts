/**
 * From a drawing to what the model was trained on: 28 × 28, ink 1 on paper 0, the digit fitted into 20 × 20 with its shape kept and its centre
 * of mass in the middle. LeCun, Cortes, Burges, "The MNIST database of handwritten digits".
 */

/** Side of the image the model takes, in pixels. */
export const DIGIT_SIDE = 28;

/** Pixels of the image, row by row. */
export const DIGIT_PIXELS = DIGIT_SIDE * DIGIT_SIDE;

const BOX = 20;
/** Ink below this counts as paper when the extent of a drawing is measured. */
const FAINT = 0.1;

/** Ink in [0, 1], row by row, of an image of any size. */
export interface InkImage {
  readonly ink: Float32Array;
  readonly width: number;
  readonly height: number;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The smallest box around everything inked, or undefined for an empty sheet. */
export function inkedBox({ ink, width, height }: InkImage): Box | undefined {
  let left = width;
  let right = -1;
  let top = height;
  let bottom = -1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (ink[y * width + x] < FAINT) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  }
  return right < 0 ? undefined : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** Mean ink over a rectangle with edges anywhere between pixels: resampling by area, which neither drops strokes nor doubles them. */
function meanInk({ ink, width }: InkImage, x0: number, y0: number, x1: number, y1: number): number {
  let sum = 0;
  for (let y = Math.floor(y0); y < y1; y++) {
    const high = Math.min(y + 1, y1) - Math.max(y, y0);
    for (let x = Math.floor(x0); x < x1; x++) {
      sum += ink[y * width + x] * high * (Math.min(x + 1, x1) - Math.max(x, x0));
    }
  }
  return sum / ((x1 - x0) * (y1 - y0));
}

/**
 * Normalises a drawing or a photograph of a digit.
 *
 * @param image ink in [0, 1] of any size
 * @returns 784 values in [0, 1], row by row, or undefined when nothing is inked
 */
export function normaliseDigit(image: InkImage): Float32Array | undefined {
  const box = inkedBox(image);
  if (box === undefined) return undefined;
  const scale = BOX / Math.max(box.width, box.height);
  const width = Math.max(1, Math.round(box.width * scale));
  const height = Math.max(1, Math.round(box.height * scale));
  const fitted = new Float32Array(width * height);
  let mass = 0;
  let massX = 0;
  let massY = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = meanInk(
        image,
        box.left + (x * box.width) / width,
        box.top + (y * box.height) / height,
        box.left + ((x + 1) * box.width) / width,
        box.top + ((y + 1) * box.height) / height,
      );
      fitted[y * width + x] = value;
      mass += value;
      massX += value * (x + 0.5);
      massY += value * (y + 0.5);
    }
  }
  const left = clamp(Math.round(DIGIT_SIDE / 2 - massX / mass), 0, DIGIT_SIDE - width);
  const top = clamp(Math.round(DIGIT_SIDE / 2 - massY / mass), 0, DIGIT_SIDE - height);
  const digit = new Float32Array(DIGIT_PIXELS);
  for (let y = 0; y < height; y++) {
    digit.set(fitted.subarray(y * width, (y + 1) * width), (top + y) * DIGIT_SIDE + left);
  }
  return digit;
}

const clamp = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most);

/**
 * Reads ink from a picture: whatever differs from the ground, which is what its edge shows. Dark on light and light on dark are the same.
 *
 * @param rgba pixels as a canvas gives them
 */
export function inkOfPicture(rgba: Uint8ClampedArray, width: number, height: number): InkImage {
  const light = new Float32Array(width * height);
  for (let i = 0; i < light.length; i++) {
    const alpha = rgba[4 * i + 3] / 255;
    // Rec. 709 luma over white paper.
    const luma = (0.2126 * rgba[4 * i] + 0.7152 * rgba[4 * i + 1] + 0.0722 * rgba[4 * i + 2]) / 255;
    light[i] = luma * alpha + 1 - alpha;
  }
  const edge: number[] = [];
  for (let x = 0; x < width; x++) edge.push(light[x], light[(height - 1) * width + x]);
  for (let y = 0; y < height; y++) edge.push(light[y * width], light[y * width + width - 1]);
  const ground = edge.sort((a, b) => a - b)[edge.length >> 1];
  const ink = light.map((value) => Math.abs(value - ground));
  const darkest = ink.reduce((most, value) => Math.max(most, value), 0);
  // Less contrast than this is grain, not a digit.
  if (darkest < 0.15) return { ink: ink.fill(0), width, height };
  return { ink: ink.map((value) => Math.max(0, value / darkest - 0.2) / 0.8), width, height };
}

/**
 * The drawing in words, for people who do not see it.
 *
 * @param digit 784 values, or undefined for an empty sheet
 */
export function describeDigit(digit: Float32Array | undefined): string {
  const box = digit && inkedBox({ ink: digit, width: DIGIT_SIDE, height: DIGIT_SIDE });
  if (digit === undefined || box === undefined) return "The sheet is empty.";
  const inked = digit.reduce((count, value) => count + (value >= FAINT ? 1 : 0), 0);
  return `Ink on ${inked} of ${DIGIT_PIXELS} pixels, ${box.width} wide and ${box.height} high.`;
}
