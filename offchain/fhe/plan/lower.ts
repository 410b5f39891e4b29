/** Lowers a network to a program on slots, by the layouts chosen for its stages. */
import { rowsOf, toMatrix, type MatrixMap, type WindowsMap } from "./affine-map.ts";
import type { StageLayout } from "./choose-layout.ts";
import { lowerClasses } from "./classes.ts";
import { lowerDiagonals, packingAfter, type SlotMatrix } from "./diagonals.ts";
import { CompileError } from "./errors.ts";
import type { LinearStage, Network } from "./fold.ts";
import { densePacking, elementsBySlot, inSlots, powerOfTwoFrom, type Packing } from "./packing.ts";
import type { InputLayout, OutputLayout } from "./plan.ts";
import { ProgramBuilder, type Program, type StepId } from "./program.ts";

/** A network on slots. */
export interface LoweredNetwork {
  readonly program: Program;
  readonly input: InputLayout;
  readonly output: OutputLayout;
}

export interface LoweringOptions {
  /** Slots of a ciphertext. */
  readonly slots: number;
  /** Whether rotations are going to be hoisted. */
  readonly hoists: boolean;
  /** About the smallest scale weights will be encoded at, before the last stage and in it. */
  readonly weightScales: { readonly inner: number; readonly last: number };
}

/**
 * Lowers a network.
 *
 * @param layouts one a linear stage, in order
 * @throws CompileError naming the layer when all its weights are zero, or would be once they are encoded
 */
export function lowerNetwork(
  network: Network,
  layouts: readonly StageLayout[],
  { slots, weightScales, hoists }: LoweringOptions,
): LoweredNetwork {
  const builder = new ProgramBuilder(slots, hoists);
  const placed = placeInput(network, layouts[0]);
  let packing = placed.packing;
  let value = builder.input;
  let linear = 0;
  network.stages.forEach((stage, index) => {
    builder.beginStage(index, index === network.stages.length - 1 ? weightScales.last : weightScales.inner);
    if (stage.kind === "square") {
      const { shift, offset } = stage;
      value = builder.square(shift === undefined ? value : builder.addVector(value, inSlots(packing, shift)));
      if (offset !== undefined) value = builder.addVector(value, inSlots(packing, offset));
    } else {
      const lowered = lowerLinear(builder, value, stage, layouts[linear++], packing);
      value = lowered.value;
      packing = lowered.packing;
    }
  });
  return {
    program: builder.finish(value),
    input: { kind: "gather", shape: network.inputShape, period: placed.indices.length, indices: [...placed.indices] },
    output: { period: packing.period, slots: [...packing.slots] },
  };
}

/** What the client places where, and where the first stage finds its operand. */
function placeInput(
  { inputGather, stages }: Network,
  layout: StageLayout,
): { readonly indices: Int32Array; readonly packing: Packing } {
  const [first] = stages;
  if (first.kind === "linear" && first.map.kind === "windows" && layout.form === "windows") {
    const { gather, windows, elements } = first.map;
    const stride = powerOfTwoFrom(windows);
    const indices = new Int32Array(stride * powerOfTwoFrom(elements)).fill(-1);
    for (let w = 0; w < windows; w++) {
      for (let e = 0; e < elements; e++) {
        const index = gather[w * elements + e];
        indices[stride * e + w] = index < 0 ? -1 : inputGather[index];
      }
    }
    // A window may see an element several times, so this is no packing of elements; the stage knows its columns by their place.
    return { indices, packing: { period: indices.length, slots: new Int32Array() } };
  }
  const packing = densePacking(inputGather.length);
  const indices = new Int32Array(packing.period).fill(-1);
  indices.set(inputGather);
  return { indices, packing };
}

interface Lowered {
  readonly value: StepId;
  readonly packing: Packing;
}

function lowerLinear(
  builder: ProgramBuilder,
  value: StepId,
  stage: LinearStage,
  layout: StageLayout,
  packing: Packing,
): Lowered {
  if (layout.form === "classes") {
    const { matrix, columns, rows, bias } = toMatrix(stage.map);
    const weight = (row: number, element: number): number => matrix[row * columns + element];
    const sum = lowerClasses(
      builder,
      value,
      { rows, weight, bias },
      { packing, classes: layout.classes, baby: layout.baby },
    );
    if (sum === undefined) refuseConstant(stage);
    return { value: sum, packing: { period: layout.classes, slots: densePacking(rows).slots } };
  }
  const matrix =
    layout.form === "windows" && stage.map.kind === "windows"
      ? windowsMatrix(stage.map)
      : packedMatrix(toMatrix(stage.map), packing);
  const sum = lowerDiagonals(builder, value, matrix, layout);
  if (sum === undefined) refuseConstant(stage);
  return { value: sum, packing: packingAfter(matrix, layout.groups) };
}

function windowsMatrix({ windows, elements, channels, kernel, bias }: WindowsMap): SlotMatrix {
  return {
    columns: powerOfTwoFrom(elements),
    stride: powerOfTwoFrom(windows),
    windows,
    rows: channels,
    weight: (row, column) => (column < elements ? kernel[row * elements + column] : 0),
    bias,
  };
}

function packedMatrix(map: MatrixMap, packing: Packing): SlotMatrix {
  const elements = elementsBySlot(packing);
  return {
    columns: packing.period,
    stride: 1,
    windows: 1,
    rows: rowsOf(map),
    weight: (row, column) => (elements[column] < 0 ? 0 : map.matrix[row * map.columns + elements[column]]),
    bias: map.bias,
  };
}

function refuseConstant(stage: LinearStage): never {
  throw new CompileError(
    stage.layers[0],
    "has no weight that differs from zero once it is encoded, so its result does not depend on the input",
    "Train the model, or save it with its weights; where weights are tiny and inputs huge, scale the inputs down and train again.",
  );
}
