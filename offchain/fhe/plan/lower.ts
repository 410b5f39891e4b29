/** Lowers a network to a program on slots, by the layouts chosen for its stages. */
import { rowsOf, toMatrix, type MatrixMap, type WindowsMap } from "./affine-map.ts";
import type { Part } from "./baby-giant.ts";
import { asHeld, bitProduct, heldAfter } from "./bit-layout.ts";
import { imageStages } from "./choose-grid.ts";
import { lowerClasses } from "./classes.ts";
import { lowerDiagonals, packingAfter, type SlotMatrix } from "./diagonals.ts";
import { CompileError } from "./errors.ts";
import type { LinearStage, Network, SquareStage } from "./fold.ts";
import {
  gridProduct,
  heldOnGrid,
  placedOnGrid,
  pooledOnGrid,
  slotsOnGrid,
  stepOnGrid,
  type OnGrid,
} from "./grid-layout.ts";
import { gridWith } from "./grid.ts";
import { headsOf } from "./heads.ts";
import type { StageLayout } from "./layout-path.ts";
import { densePacking, elementsBySlot, inSlots, packed, powerOfTwoFrom, type Packing } from "./packing.ts";
import type { InputLayout, OutputLayout } from "./plan.ts";
import { ProgramBuilder, type Program, type StepId } from "./program.ts";
import { lowerSlotProduct } from "./slot-product.ts";
import { weightAt } from "./sparse-matrix.ts";
import type { SplitNetwork } from "./split.ts";

/** A network on slots. */
export interface LoweredNetwork {
  readonly program: Program;
  readonly input: InputLayout;
  /** One an output of the program. */
  readonly outputs: readonly OutputLayout[];
}

export interface LoweringOptions {
  /** Slots of a ciphertext. */
  readonly slots: number;
  /** Whether rotations are going to be hoisted. */
  readonly hoists: boolean;
  /** About the smallest scale weights will be encoded at, before the last stage and in it. */
  readonly weightScales: { readonly inner: number; readonly last: number };
  /** Bits of the compact results it is to end in, or undefined when it ends in a ciphertext. */
  readonly compactBits: number | undefined;
}

/**
 * Lowers a network.
 *
 * @param layouts one a linear stage, in order
 * @throws CompileError naming the layer when all its weights are zero, or would be once they are encoded
 */
export function lowerNetwork(
  { like, stages }: SplitNetwork,
  layouts: readonly StageLayout[],
  { slots, weightScales, hoists, compactBits }: LoweringOptions,
): LoweredNetwork {
  const builder = new ProgramBuilder(slots, hoists);
  const { indices, ...input } = placeInput(like, layouts[0]);
  let placed: Placed = input;
  let values = [builder.input];
  let linear = 0;
  const outputs: OutputLayout[] = [];
  stages.forEach((stage, index) => {
    const last = index === stages.length - 1;
    builder.beginStage(index, last ? weightScales.last : weightScales.inner);
    if (stage.kind === "square") {
      const { packing } = placed;
      values = values.map((value, part) => lowerSquare(builder, value, stage.parts[part], packing));
    } else if (last) {
      const operands = values;
      const heads = stage.blocks[0].map((map) => headsOf({ ...stage.like, map }, compactBits));
      values = headsOf(stage.like, compactBits).map((head, k) => {
        const maps = heads.map((parts) => parts[k].stage.map);
        const { packing, value } = lowerLinear(builder, operands, { like: head.stage, maps }, layouts[linear], placed);
        outputs.push({ period: packing.period, slots: [...packing.slots.subarray(0, head.rows)] });
        return value;
      });
    } else {
      const layout = layouts[linear++];
      const results = stage.blocks.map((maps) =>
        lowerLinear(builder, values, { like: stage.like, maps }, layout, placed),
      );
      values = results.map(({ value }) => value);
      [placed] = results;
    }
  });
  return {
    program: builder.finish(values),
    input: { kind: "gather", shape: like.inputShape, period: indices.length, indices: [...indices] },
    outputs,
  };
}

/** Where a value is, and on which grid as long as steps are left there. */
interface Placed {
  readonly packing: Packing;
  readonly onGrid: OnGrid | undefined;
}

/** What the client places where, and where the first stage finds its operand. */
function placeInput(network: Network, layout: StageLayout): Placed & { readonly indices: Int32Array } {
  const { inputGather, stages } = network;
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
    return { indices, packing: packed(indices.length, new Int32Array()), onGrid: undefined };
  }
  const onGrid = layout.form === "grid" ? beginGrid(network, layout) : undefined;
  const packing =
    onGrid === undefined
      ? densePacking(inputGather.length)
      : packed(onGrid.lanes * onGrid.grid.positions, slotsOnGrid(onGrid));
  return { indices: packing.elements.map((element) => (element < 0 ? -1 : inputGather[element])), packing, onGrid };
}

function beginGrid(network: Network, { run, phases }: StageLayout & { readonly form: "grid" }): OnGrid {
  const grid = gridWith(imageStages(network).slice(0, run), phases);
  if (grid === undefined)
    throw new RangeError(`the first ${run} linear stages lie on no grid of ${phases.join(" × ")}`);
  return placedOnGrid(grid);
}

function lowerSquare(builder: ProgramBuilder, value: StepId, { shift, offset }: SquareStage, packing: Packing): StepId {
  const square = builder.square(shift === undefined ? value : builder.addVector(value, inSlots(packing, shift)));
  return offset === undefined ? square : builder.addVector(square, inSlots(packing, offset));
}

interface Lowered extends Placed {
  readonly value: StepId;
}

/** A part of the result of a linear stage: one map for each part of its operand, and the stage its layout was chosen for. */
interface BlockRow {
  readonly like: LinearStage;
  readonly maps: readonly LinearStage["map"][];
}

function lowerLinear(
  builder: ProgramBuilder,
  operands: readonly StepId[],
  { like, maps }: BlockRow,
  layout: StageLayout,
  { packing, onGrid }: Placed,
): Lowered {
  const matrices = (): Part<MatrixMap>[] => maps.map((map, part) => ({ x: operands[part], map: toMatrix(map) }));
  switch (layout.form) {
    case "classes": {
      const { classes, baby } = layout;
      const sum = lowerClasses(builder, matrices(), { packing, classes, baby });
      if (sum === undefined) refuseConstant(like);
      return { value: sum, packing: packed(classes, densePacking(rowsOf(like.map)).slots), onGrid: undefined };
    }
    case "windows":
    case "matrix": {
      const parts = maps.map((map, part) => ({
        x: operands[part],
        map:
          layout.form === "windows" && map.kind === "windows"
            ? windowsMatrix(map)
            : packedMatrix(toMatrix(map), packing),
      }));
      const sum = lowerDiagonals(builder, parts, layout);
      if (sum === undefined) refuseConstant(like);
      return { value: sum, packing: packingAfter(parts[0].map, layout.groups), onGrid: undefined };
    }
    case "bits": {
      const { held, rows } = layout;
      const map = toMatrix(like.map);
      const product = bitProduct(held, layout, map.rows);
      const lowered =
        lowerSlotProduct(builder, matrices(), map, asHeld(packing, held), product) ?? refuseConstant(like);
      return { value: lowered.value, packing: asHeld(lowered.packing, heldAfter(held, rows)), onGrid: undefined };
    }
    case "grid": {
      if (onGrid === undefined) throw new RangeError("a layout on a grid follows one that is not");
      const operand = layout.pools.length === 0 ? onGrid : pooledOnGrid(onGrid);
      if (operand === undefined) throw new RangeError("phases are to be added up that have weights of their own");
      const before = packed(operand.lanes * operand.grid.positions, slotsOnGrid(operand));
      const product = gridProduct(operand, layout);
      const lowered =
        lowerSlotProduct(builder, matrices(), toMatrix(like.map), before, product) ?? refuseConstant(like);
      const after = stepOnGrid(operand, layout.groups);
      return {
        value: lowered.value,
        packing: asHeld(lowered.packing, heldOnGrid(after, layout.copied)),
        onGrid: after,
      };
    }
  }
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
    weight: (row, column) => (elements[column] < 0 ? 0 : weightAt(map, row, elements[column])),
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
