import type { ModelAbout } from "../digits/card.ts";

/** What card.json of models/lenet says that is not measured. */
export const LENET_ABOUT: ModelAbout = {
  name: "lenet",
  title: "Handwritten digits, two convolutions",
  description:
    "Tells which digit, 0 to 9, a person wrote. A network after LeNet-5, two convolutions with average pooling and squares for activations, made to be " +
    "evaluated on encrypted images.",
  architecture:
    "conv2d 8 kernels 5×5 stride 2, square, average pool 2×2, conv2d 16 kernels 3×3, square, average pool 2×2, flatten, dense 64, square, dense 10; 6,186 weights",
  script: "scripts/train-lenet.ts",
};
