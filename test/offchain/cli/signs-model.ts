/** A model as small as one can be, as its owner has it on the disk. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

/** Three classes of four numbers: a dense layer as TensorFlow.js saves one. */
export const MODEL = {
  format: "layers-model",
  modelTopology: {
    class_name: "Sequential",
    config: {
      name: "signs",
      layers: [
        {
          class_name: "Dense",
          config: { units: 3, activation: "linear", use_bias: true, name: "dense", batch_input_shape: [null, 4] },
        },
      ],
    },
  },
  weightsManifest: [
    {
      paths: ["weights.bin"],
      weights: [
        { name: "dense/kernel", shape: [4, 3], dtype: "float32" },
        { name: "dense/bias", shape: [3], dtype: "float32" },
      ],
    },
  ],
};
export const KERNEL = [1, 0, -1, 0, 1, 0, 1, -1, 0, 0, 0, 1];
export const BIAS = [0, 0.25, 0];
/** Two inputs whose largest outputs are the first and the second. */
export const SAMPLES = [
  [1, 0, 1, 0],
  [0, 1, -1, 0],
];

/** How it is published: `model publish` takes it from a file. */
export const SIGNS_PUBLICATION = {
  model: "model.json",
  name: "signs",
  title: "Signs",
  description: "A dense layer.",
  card: "card.md",
  license: "Apache-2.0",
  input: { description: "Four numbers.", min: -1, max: 1 },
  output: { description: "Three.", labels: ["first", "second", "third"] },
  calibration: "samples.json",
  samples: { inputs: "samples.json", labels: [0, 1], data: "two made up" },
  price: { model: "0.001", node: "0.002" },
};

/** Writes the model, its samples, its card and its publication file, which is called publication.json, to a new folder. */
export async function writeSigns(folder: string): Promise<void> {
  const at = (name: string) => path.join(folder, name);
  await mkdir(folder);
  await writeFile(at("model.json"), JSON.stringify(MODEL));
  await writeFile(at("weights.bin"), new Uint8Array(Float32Array.from([...KERNEL, ...BIAS]).buffer));
  await writeFile(at("samples.json"), JSON.stringify(SAMPLES));
  await writeFile(at("card.md"), "# Signs\n");
  await writeFile(at("publication.json"), JSON.stringify(SIGNS_PUBLICATION));
}
