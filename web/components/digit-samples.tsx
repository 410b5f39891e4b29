"use client";

import { useId } from "react";

import { SAMPLES } from "../lib/samples.ts";
import { DigitPreview } from "./digit-preview.tsx";

interface DigitSamplesProps {
  /** Label of the sample on the sheet, if one is. */
  readonly chosen: number | null;
  readonly onChoose: (pixels: Float32Array, label: number) => void;
}

/** Held-out digits, one of every class, for people who would rather choose than draw. */
export function DigitSamples({ chosen, onChoose }: DigitSamplesProps) {
  const id = useId();
  return (
    <div className="space-y-2">
      <p className="text-small text-muted" id={id}>
        Or take one the model has never seen
      </p>
      <ul aria-labelledby={id} className="flex flex-wrap gap-1.5">
        {SAMPLES.map(({ label, pixels }) => (
          <li key={label}>
            <button
              type="button"
              aria-label={`Sample of a ${label}`}
              aria-pressed={chosen === label}
              className="block rounded border border-line bg-surface p-0.5 hover:border-edge aria-pressed:border-accent aria-pressed:ring-1 aria-pressed:ring-accent"
              onClick={() => {
                onChoose(pixels, label);
              }}
            >
              <DigitPreview digit={pixels} className="size-8" />
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
