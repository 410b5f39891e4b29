"use client";

import type { Manifest } from "../../offchain/sealing/manifest.ts";
import { DIGIT_SIDE } from "../lib/digit-image.ts";
import { DigitCanvas } from "./digit-canvas.tsx";
import { ValuesInput } from "./values-input.tsx";

interface ModelInputProps {
  readonly input: Manifest["input"];
  readonly values: Float32Array | undefined;
  readonly onChange: (values: Float32Array | undefined) => void;
  readonly disabled: boolean;
}

/** Whether the model takes digits as the sheet draws them. */
export function isDigit({ presentation, shape, range }: Manifest["input"]): boolean {
  const [height, width, channels = 1] = shape;
  const fits = height === DIGIT_SIDE && width === DIGIT_SIDE && channels === 1;
  return presentation.kind === "image" && fits && Number(range.min) === 0 && Number(range.max) === 1;
}

/** The way in that fits the model: a sheet for digits, boxes for named fields, a list for numbers. */
export function ModelInput({ input, values, onChange, disabled }: ModelInputProps) {
  return isDigit(input) ? (
    <DigitCanvas digit={values} onChange={onChange} disabled={disabled} />
  ) : (
    <ValuesInput input={input} onChange={onChange} disabled={disabled} />
  );
}
