"use client";

import { useState, type ReactNode } from "react";

import { cn } from "../lib/cn.ts";
import { Bytes } from "./bytes.tsx";
import { ByteViewer } from "./byte-viewer.tsx";
import { CipherBitmap } from "./cipher-bitmap.tsx";

interface CipherTileProps {
  /** What it is: "Encrypted input". */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** What `tileSample` took of the bytes; undefined while it has not left yet. */
  readonly sample: Uint8Array | undefined;
  /** Blob root, once known. */
  readonly digest?: string | undefined;
  /** Brings the bytes themselves; without it the tile cannot be opened. */
  readonly load?: (() => Promise<Uint8Array>) | undefined;
  readonly note?: ReactNode;
  /** Moves over the boundary as it appears: from the device's side, or from the network's. */
  readonly crossing?: "out" | "in" | undefined;
}

/** An object that is on the network: its texture, its size, and, on a click, its bytes. */
export function CipherTile({ name, size, sample, digest, load, note, crossing }: CipherTileProps) {
  const [open, setOpen] = useState(false);
  const body = (
    <>
      <CipherBitmap sample={sample} className="size-12 shrink-0" />
      <span className="min-w-0">
        <span className={cn("block", sample === undefined ? "text-muted" : "font-strong")}>{name}</span>
        <span className="block text-small text-muted">
          <Bytes count={size} />
          {note !== undefined && <> · {note}</>}
        </span>
      </span>
    </>
  );
  const motion = crossing && cn("animate-cross", crossing === "in" && "[--cross-from:1.5rem]");
  if (sample === undefined || load === undefined)
    return <div className={cn("flex items-center gap-3", motion)}>{body}</div>;
  return (
    <>
      <button
        type="button"
        aria-haspopup="dialog"
        aria-label={`${name}: look at the bytes`}
        className={cn(
          "isolate relative flex items-center gap-3 text-left before:absolute before:-inset-1.5 before:-z-10 before:rounded-lg hover:before:bg-raised",
          motion,
        )}
        onClick={() => {
          setOpen(true);
        }}
      >
        {body}
      </button>
      <ByteViewer open={open} onOpenChange={setOpen} name={name} sample={sample} digest={digest} load={load} />
    </>
  );
}
