"use client";

import { Eraser, Undo2 } from "lucide-react";
import { useEffect, useId, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";

import { describeDigit, normaliseDigit } from "../lib/digit-image.ts";
import { Button } from "./button.tsx";
import { DigitPreview } from "./digit-preview.tsx";
import { DigitSamples } from "./digit-samples.tsx";
import { PictureUpload } from "./picture-upload.tsx";

/** Side of the sheet in its own pixels, and the width of the pen: about what MNIST's pens are beside its digits. */
const SHEET = 280;
const PEN = 22;
/** Cells along a side for people who draw with the keyboard. */
const KEY_CELLS = 20;
const KEY_STEP = SHEET / KEY_CELLS;

interface Point {
  readonly x: number;
  readonly y: number;
}

type Stroke = readonly Point[];

interface DigitCanvasProps {
  /** 784 values in [0, 1], or undefined while the sheet is empty. */
  readonly digit: Float32Array | undefined;
  readonly onChange: (digit: Float32Array | undefined) => void;
  readonly disabled?: boolean;
}

/** A sheet to draw a digit on, by pointer or keyboard; or upload a picture of one; or choose a sample. */
export function DigitCanvas({ digit, onChange, disabled = false }: DigitCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const sheet = useRef<HTMLDivElement>(null);
  const strokes = useRef<Stroke[]>([]);
  const active = useRef<Point[] | null>(null);
  const [count, setCount] = useState(0);
  const [chosen, setChosen] = useState<number | null>(null);
  const [message, setMessage] = useState("");
  const [cursor, setCursor] = useState<(Point & { readonly down: boolean }) | null>(null);
  const hint = useId();
  const picked = chosen !== null || (digit !== undefined && count === 0);

  // A sample or an upload is shown on the sheet as the model takes it.
  useEffect(() => {
    const context = contextOf(canvas.current);
    if (!context || !picked || digit === undefined) return;
    context.clearRect(0, 0, SHEET, SHEET);
    const cell = SHEET / 28;
    digit.forEach((ink, i) => {
      if (ink === 0) return;
      context.fillStyle = `rgb(0 0 0 / ${ink})`;
      context.fillRect((i % 28) * cell, Math.floor(i / 28) * cell, cell, cell);
    });
  }, [digit, picked]);

  const redraw = () => {
    const context = contextOf(canvas.current);
    if (!context) return undefined;
    context.clearRect(0, 0, SHEET, SHEET);
    context.lineCap = "round";
    context.lineJoin = "round";
    context.lineWidth = PEN;
    context.strokeStyle = "#000";
    for (const stroke of active.current ? [...strokes.current, active.current] : strokes.current) {
      context.beginPath();
      context.moveTo(stroke[0].x, stroke[0].y);
      for (const { x, y } of stroke.length > 1 ? stroke.slice(1) : stroke) context.lineTo(x, y);
      context.stroke();
    }
    return context;
  };

  /** Redraws the sheet and tells what is on it now. */
  const publish = () => {
    const context = redraw();
    if (!context) return;
    setChosen(null);
    setCount(strokes.current.length);
    const { data } = context.getImageData(0, 0, SHEET, SHEET);
    const ink = Float32Array.from({ length: SHEET * SHEET }, (_, i) => data[4 * i + 3] / 255);
    onChange(normaliseDigit({ ink, width: SHEET, height: SHEET }));
  };

  const begin = (point: Point) => {
    if (picked) strokes.current = [];
    active.current = [point];
    redraw();
  };
  const extend = (points: readonly Point[]) => {
    active.current?.push(...points);
    redraw();
  };
  const lift = () => {
    if (!active.current) return;
    strokes.current = [...strokes.current, active.current];
    active.current = null;
    publish();
  };

  const at = (event: { clientX: number; clientY: number }): Point => {
    const { left, top, width, height } = sheet.current!.getBoundingClientRect();
    return { x: ((event.clientX - left) * SHEET) / width, y: ((event.clientY - top) * SHEET) / height };
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (disabled || event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setCursor(null);
    begin(at(event));
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    if (!active.current) return;
    const parts = event.nativeEvent.getCoalescedEvents();
    extend(parts.length > 0 ? parts.map(at) : [at(event)]);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (disabled) return;
    const now = cursor ?? { x: SHEET / 2, y: SHEET / 2, down: false };
    const [dx, dy] = ARROWS[event.key] ?? [0, 0];
    if (dx !== 0 || dy !== 0) {
      event.preventDefault();
      const within = (value: number) => Math.min(Math.max(value, KEY_STEP), SHEET - KEY_STEP);
      const next = { x: within(now.x + dx * KEY_STEP), y: within(now.y + dy * KEY_STEP), down: now.down };
      if (next.down) extend([next]);
      setCursor(next);
    } else if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      if (now.down) lift();
      else begin(now);
      setCursor({ ...now, down: !now.down });
      setMessage(now.down ? "Pen up." : "Pen down.");
    } else if (event.key === "Backspace" || event.key === "Delete") {
      event.preventDefault();
      undo();
    }
  };

  const undo = () => {
    strokes.current = strokes.current.slice(0, -1);
    active.current = null;
    publish();
  };
  const clear = () => {
    strokes.current = [];
    active.current = null;
    setMessage("");
    publish();
  };
  const show = (pixels: Float32Array | undefined, sample: number | null) => {
    strokes.current = [];
    active.current = null;
    setCount(0);
    setChosen(sample);
    onChange(pixels);
  };
  return (
    <div className="space-y-5">
      <div className="flex flex-wrap items-end gap-x-6 gap-y-4">
        <div className="relative w-full max-w-[280px]">
          <div
            ref={sheet}
            tabIndex={disabled ? -1 : 0}
            role="application"
            aria-label="Sheet to draw a digit on"
            aria-roledescription="drawing sheet"
            aria-describedby={hint}
            aria-disabled={disabled}
            className="aspect-square w-full cursor-crosshair touch-none overflow-hidden rounded-lg border border-edge bg-surface aria-disabled:cursor-default"
            onPointerDown={onPointerDown}
            onPointerMove={onPointerMove}
            onPointerUp={lift}
            onPointerCancel={lift}
            onKeyDown={onKeyDown}
            onBlur={() => {
              lift();
              setCursor(null);
            }}
          >
            <canvas ref={canvas} aria-hidden width={SHEET} height={SHEET} className="size-full dark:invert" />
          </div>
          {cursor && (
            <span
              aria-hidden
              style={{ left: `${(cursor.x / SHEET) * 100}%`, top: `${(cursor.y / SHEET) * 100}%` }}
              className={`pointer-events-none absolute size-6 -translate-x-1/2 -translate-y-1/2 rounded-full border-2 border-accent ${cursor.down ? "bg-accent/40" : ""}`}
            />
          )}
          {digit === undefined && !cursor && (
            <p
              aria-hidden
              className="pointer-events-none absolute inset-0 flex items-center justify-center text-small text-muted"
            >
              Draw a digit, 0 to 9
            </p>
          )}
        </div>
        <figure className="flex items-end gap-3 sm:block sm:space-y-2">
          <DigitPreview digit={digit} className="size-[84px] rounded border border-line dark:border-[#d1d1cc]" />
          <figcaption className="text-small text-muted">
            What the model
            <br />
            takes, 28 × 28
          </figcaption>
        </figure>
      </div>
      <p id={hint} className="sr-only">
        Arrow keys move the pen, space puts it down or lifts it, backspace takes back the last stroke. Instead of
        drawing, you can upload a picture or choose a sample below.
      </p>
      <p role="status" className="sr-only">
        {describeDigit(digit)} {message}
      </p>
      {!disabled && (
        <div className="flex flex-wrap gap-2">
          <Button size="small" disabled={count === 0} onClick={undo}>
            <Undo2 aria-hidden className="size-4" />
            Undo
          </Button>
          <Button size="small" disabled={digit === undefined} onClick={clear}>
            <Eraser aria-hidden className="size-4" />
            Clear
          </Button>
          <PictureUpload
            onDigit={(pixels) => {
              setMessage("");
              show(pixels, null);
            }}
            onProblem={setMessage}
          />
        </div>
      )}
      {message !== "" && !message.startsWith("Pen") && <p className="text-small text-wait">{message}</p>}
      {!disabled && <DigitSamples chosen={chosen} onChoose={show} />}
    </div>
  );
}

/** What is drawn is read back after every stroke. */
const contextOf = (canvas: HTMLCanvasElement | null) => canvas?.getContext("2d", { willReadFrequently: true });

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
