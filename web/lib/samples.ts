import file from "./samples.json";

/** A held-out digit to choose instead of drawing one. */
export interface SampleDigit {
  readonly label: number;
  /** Its place among the held-out digits. */
  readonly index: number;
  /** 784 values in [0, 1], row by row, as the model takes them. */
  readonly pixels: Float32Array;
}

/** One digit of every class, in order. */
export const SAMPLES: readonly SampleDigit[] = file.samples.map(({ label, index, pixels }) => ({
  label,
  index,
  pixels: Float32Array.from(atob(pixels), (character) => character.charCodeAt(0) / 255),
}));
