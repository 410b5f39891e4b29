import { LENET_RECIPE } from "../../scripts/lenet/train.ts";
import { describeDigitModel } from "./digit-model.ts";

describeDigitModel({
  name: "lenet",
  layers: [
    ["Conv2D", 12, 12, 8],
    ["Square", 12, 12, 8],
    ["AveragePooling2D", 6, 6, 8],
    ["Conv2D", 4, 4, 16],
    ["Square", 4, 4, 16],
    ["AveragePooling2D", 2, 2, 16],
    ["Flatten", 64],
    ["Dense", 64],
    ["Square", 64],
    ["Dense", 10],
  ],
  weights: 6186,
  accuracy: 0.98,
  recipe: LENET_RECIPE,
  parameters: "n16384-d13-s1",
  rotations: 44,
});
