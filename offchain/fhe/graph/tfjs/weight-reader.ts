import { ModelError } from "../errors.ts";
import type { SavedWeight } from "./model-json.ts";

/** Hands out the weights of a model by layer. */
export interface WeightReader {
  /**
   * One tensor of a layer, as doubles.
   *
   * @param layer name of the layer
   * @param weight e.g. `kernel`
   * @param shape what the layer's settings say it must be
   * @throws ModelError when it is missing or of another shape
   */
  read(layer: string, weight: string, shape: readonly number[]): Float64Array;
  /**
   * The shape a tensor of a layer was saved with, for the rare setting that is not saved beside it.
   *
   * @throws ModelError when it is missing
   */
  shapeOf(layer: string, weight: string): readonly number[];
}

/** Where a tensor is. */
interface Place {
  readonly shape: readonly number[];
  /** In bytes. */
  readonly offset: number;
}

const BYTES = 4;
const TRAIN_FLOAT = "Save the model in float32, without quantisation.";

/**
 * Opens the weights that belong to a manifest.
 *
 * @param manifest in the order the bytes follow each other
 * @param bytes all weight files joined: little-endian float32
 * @throws ModelError when the bytes are not exactly what the manifest lists, or are not float32
 */
export function openWeights(manifest: readonly SavedWeight[], bytes: Uint8Array): WeightReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const places = new Map<string, Place>();
  let offset = 0;
  for (const { name, shape, dtype, quantised } of manifest) {
    if (dtype !== "float32" || quantised) {
      throw new ModelError(
        undefined,
        `has the weight ${name} as ${quantised ? "quantised integers" : dtype}`,
        TRAIN_FLOAT,
      );
    }
    // The Keras converter keeps the names of TensorFlow variables, "scope/layer/kernel:0".
    places.set(name.replace(/:0$/, ""), { shape, offset });
    offset += BYTES * product(shape);
  }
  if (offset !== bytes.length) {
    throw new ModelError(
      undefined,
      `comes with ${bytes.length} bytes of weights, and its manifest lists ${offset}`,
      "Give the weight files of this model.json, all of them, joined in the order of its manifest.",
    );
  }
  const placeOf = (layer: string, weight: string): Place => {
    const place = find(places, `${layer}/${weight}`);
    if (place !== undefined) return place;
    throw new ModelError(
      layer,
      `has no weight ${weight}`,
      "Save the model with its weights, or give the weights of this model.",
    );
  };
  return {
    shapeOf: (layer, weight) => placeOf(layer, weight).shape,
    read(layer, weight, shape) {
      const place = placeOf(layer, weight);
      if (place.shape.length !== shape.length || place.shape.some((size, axis) => size !== shape[axis])) {
        const said = `its ${weight} as [${place.shape.join(", ")}], where its settings and input ask for [${shape.join(", ")}]`;
        throw new ModelError(layer, `has ${said}`, "Give the weights that were saved with this model.json.");
      }
      return Float64Array.from({ length: product(shape) }, (_, k) => view.getFloat32(place.offset + BYTES * k, true));
    },
  };
}

/** By full name, or by the one name that ends with it. */
function find<T>(places: ReadonlyMap<string, T>, name: string): T | undefined {
  const exact = places.get(name);
  if (exact !== undefined) return exact;
  const ending = [...places.keys()].filter((candidate) => candidate.endsWith(`/${name}`));
  return ending.length === 1 ? places.get(ending[0]) : undefined;
}

function product(shape: readonly number[]): number {
  return shape.reduce((sum, size) => sum * size, 1);
}
