"use client";

import { ImageUp } from "lucide-react";
import { useRef } from "react";

import { inkOfPicture, normaliseDigit } from "../lib/digit-image.ts";
import { Button } from "./button.tsx";

/** Longest side a picture is looked at with, in pixels. */
const MOST = 280;

interface PictureUploadProps {
  readonly onDigit: (pixels: Float32Array) => void;
  /** Told in one sentence why there is no digit. */
  readonly onProblem: (sentence: string) => void;
}

/** Takes a digit from a picture. The picture is decoded here and goes nowhere. */
export function PictureUpload({ onDigit, onProblem }: PictureUploadProps) {
  const input = useRef<HTMLInputElement>(null);
  const read = async (file: File) => {
    try {
      const pixels = await digitOf(file);
      if (pixels) onDigit(pixels);
      else
        onProblem(`No ink was found in ${file.name}. A dark digit on light paper, or the other way round, works best.`);
    } catch {
      onProblem(`${file.name} is not a picture this browser can read. Nothing was changed.`);
    }
  };
  return (
    <>
      <Button size="small" onClick={() => input.current?.click()}>
        <ImageUp aria-hidden className="size-4" />
        Upload a picture
      </Button>
      <input
        ref={input}
        type="file"
        accept="image/*"
        tabIndex={-1}
        aria-hidden
        className="hidden"
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          if (file) void read(file);
        }}
      />
    </>
  );
}

async function digitOf(file: File): Promise<Float32Array | undefined> {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, MOST / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const context = new OffscreenCanvas(width, height).getContext("2d");
  if (!context) throw new Error("no drawing context");
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return normaliseDigit(inkOfPicture(context.getImageData(0, 0, width, height).data, width, height));
}
