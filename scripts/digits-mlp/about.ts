import type { ModelAbout } from "../digits/card.ts";

/** What card.json of models/digits-mlp says that is not measured. */
export const MLP_ABOUT: ModelAbout = {
  name: "digits-mlp",
  title: "Handwritten digits, a perceptron",
  description:
    "Tells which digit, 0 to 9, a person wrote. The 784–128–64–10 network of the HomomorphicEncryption.org ml-inference benchmark, trained with ReLU and fine-tuned with a parabola " +
    "a neuron in its place.",
  architecture: "flatten, dense 128, quadratic, dense 64, quadratic, dense 10; 109,962 weights",
  script: "scripts/train-digits-mlp.ts",
};
