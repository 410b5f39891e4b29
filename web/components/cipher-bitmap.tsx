"use client";

import { useEffect, useRef } from "react";

import { cn } from "../lib/cn.ts";
import { TILE_SIDE, tilePixels } from "../lib/tile.ts";

interface CipherBitmapProps {
  /** What `tileSample` took of the bytes. Without it the place where the tile will be is drawn. */
  readonly sample: Uint8Array | undefined;
  readonly className?: string;
}

/** The texture of a ciphertext, drawn from its bytes. An ornament: what it shows is said in words beside it. */
export function CipherBitmap({ sample, className }: CipherBitmapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (sample === undefined) return;
    canvas.current?.getContext("2d")?.putImageData(new ImageData(tilePixels(sample), TILE_SIDE, TILE_SIDE), 0, 0);
  }, [sample]);
  return sample === undefined ? (
    <span aria-hidden className={cn("block rounded border border-dashed border-edge/70", className)} />
  ) : (
    <canvas
      ref={canvas}
      aria-hidden
      width={TILE_SIDE}
      height={TILE_SIDE}
      className={cn("pixelated block rounded bg-[#fff] dark:invert", className)}
    />
  );
}
