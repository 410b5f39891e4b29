import type { ModelAbout } from "./card.ts";

/** What card.json of models/digits says that is not measured. */
export const DIGITS_ABOUT: ModelAbout = {
  name: "digits",
  title: "Handwritten digits",
  description:
    "Tells which digit, 0 to 9, a person wrote. A small convolutional network with squares for activations, made to be " +
    "evaluated on encrypted images.",
  architecture: "conv2d 4 kernels 7×7 stride 3, square, flatten, dense 64, square, dense 10; 17,298 weights",
  script: "scripts/train-digits.ts",
};
