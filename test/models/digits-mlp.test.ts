import { MLP_RECIPE } from "../../scripts/digits-mlp/train.ts";
import { describeDigitModel } from "./digit-model.ts";

describeDigitModel({
  name: "digits-mlp",
  layers: [
    ["Flatten", 784],
    ["Dense", 128],
    ["Quadratic", 128],
    ["Dense", 64],
    ["Quadratic", 64],
    ["Dense", 10],
  ],
  weights: 109_962,
  accuracy: 0.965,
  recipe: MLP_RECIPE,
  parameters: "n8192-d6-s1",
  rotations: 45,
});
