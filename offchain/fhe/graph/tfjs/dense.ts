import * as z from "zod";
import { onlyInput, settings, type LayerImporter } from "./layer.ts";

const schema = z.object({ units: z.int().positive(), use_bias: z.boolean(), activation: z.string() });

/** `Dense`: along the last axis. */
export const importDense: LayerImporter = (layer) => {
  const { units, use_bias, activation } = settings(layer, schema);
  const shape = onlyInput(layer);
  const kernel = layer.weight("kernel", [shape[shape.length - 1], units]);
  const bias = use_bias ? layer.weight("bias", [units]) : null;
  return { operations: [{ op: "dense", units, kernel, bias }], activation };
};
