"use client";

import { useEffect, useRef } from "react";

import { cn } from "../lib/cn.ts";
import { DIGIT_SIDE } from "../lib/digit-image.ts";

/** A digit as the model takes it, pixel by pixel. An ornament: what it shows is said in words beside it. */
export function DigitPreview({
  digit,
  className,
}: {
  readonly digit: Float32Array | undefined;
  readonly className?: string;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const image = new ImageData(DIGIT_SIDE, DIGIT_SIDE);
    digit?.forEach((ink, i) => {
      image.data[4 * i + 3] = Math.round(ink * 255);
    });
    context.putImageData(image, 0, 0);
  }, [digit]);
  return (
    <canvas
      ref={canvas}
      aria-hidden
      width={DIGIT_SIDE}
      height={DIGIT_SIDE}
      className={cn("pixelated block dark:invert", className)}
    />
  );
}
