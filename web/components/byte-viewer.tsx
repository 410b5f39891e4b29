"use client";

import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight, Download } from "lucide-react";
import { useState } from "react";

import { formatBytes, formatCount } from "../lib/format.ts";
import { headerFields, hexRows } from "../lib/hex-rows.ts";
import { saveFile } from "../lib/save-file.ts";
import { Button } from "./button.tsx";
import { CipherBitmap } from "./cipher-bitmap.tsx";
import { Dialog } from "./dialog.tsx";
import { Digest } from "./digest.tsx";
import { Failure } from "./failure.tsx";
import { Skeleton } from "./skeleton.tsx";

const ROWS = 20;
const PAGE = ROWS * 16;

interface ByteViewerProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly name: string;
  readonly sample: Uint8Array;
  readonly digest?: string | undefined;
  readonly load: () => Promise<Uint8Array>;
}

/** The bytes of an object as anyone on the network has them, page by page. */
export function ByteViewer({ open, onOpenChange, name, sample, digest, load }: ByteViewerProps) {
  const bytes = useQuery({
    queryKey: ["bytes", name, digest],
    queryFn: load,
    enabled: open,
    staleTime: Infinity,
    gcTime: 0,
  });
  return (
    <Dialog
      wide
      open={open}
      onOpenChange={onOpenChange}
      title={name}
      description="What everybody on the network can see. Without the secret key in your vault it says nothing about what is inside."
    >
      {bytes.isError ? (
        <Failure
          title="The bytes could not be fetched"
          consequence="They are still on the network; the store that was asked did not give them."
          detail={bytes.error.message}
          action={{ label: "Fetch again", onClick: () => void bytes.refetch() }}
        />
      ) : bytes.data === undefined ? (
        <div role="status" className="space-y-2">
          <span className="sr-only">Fetching the bytes</span>
          {Array.from({ length: 8 }, (_, i) => (
            <Skeleton key={i} className="h-5 w-full" />
          ))}
        </div>
      ) : (
        <Dump name={name} bytes={bytes.data} sample={sample} digest={digest} />
      )}
    </Dialog>
  );
}

interface DumpProps {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly sample: Uint8Array;
  readonly digest?: string | undefined;
}

function Dump({ name, bytes, sample, digest }: DumpProps) {
  const [page, setPage] = useState(0);
  const pages = Math.max(1, Math.ceil(bytes.length / PAGE));
  const rows = hexRows(bytes, page * PAGE, ROWS);
  const fields = headerFields(bytes);
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-start gap-x-5 gap-y-3">
        <CipherBitmap sample={sample} className="size-20 shrink-0" />
        <dl className="grid min-w-0 flex-1 grid-cols-[auto_1fr] gap-x-4 gap-y-0.5 text-small">
          <dt className="text-muted">Size</dt>
          <dd className="font-mono">
            {formatBytes(bytes.length)} <span className="text-muted">({formatCount(bytes.length)} bytes)</span>
          </dd>
          {digest !== undefined && (
            <>
              <dt className="text-muted">Digest</dt>
              <dd>
                <Digest value={digest} what={`digest of ${name}`} />
              </dd>
            </>
          )}
          {fields.map((field) => (
            <div key={field.name} className="contents">
              <dt className="text-muted">{field.name}</dt>
              <dd className="font-mono">
                {field.value.length > 20 ? <Digest value={field.value} what={field.name} /> : field.value}
              </dd>
            </div>
          ))}
        </dl>
      </div>
      {/* A dump is read by eye; its lines are a table to nobody's ears. */}
      <div
        tabIndex={0}
        role="region"
        aria-label={`Bytes ${page * PAGE} to ${Math.min(bytes.length, (page + 1) * PAGE) - 1} of ${name}`}
        className="stipple overflow-x-auto rounded-lg border border-line p-3 font-mono text-small"
      >
        {rows.map((row) => (
          <div key={row.offset} className="flex gap-4 whitespace-pre">
            <span className="text-muted">{row.offset}</span>
            {row.groups.map((group, i) => (
              <span key={i}>{group}</span>
            ))}
          </div>
        ))}
      </div>
      <div className="flex flex-wrap items-center gap-3">
        <Button
          size="small"
          aria-label="Bytes before"
          disabled={page === 0}
          onClick={() => {
            setPage(page - 1);
          }}
        >
          <ChevronLeft aria-hidden className="size-4" />
        </Button>
        <input
          type="range"
          aria-label="Place in the bytes"
          min={0}
          max={pages - 1}
          value={page}
          disabled={pages === 1}
          onChange={(event) => {
            setPage(event.target.valueAsNumber);
          }}
          className="min-w-24 flex-1 accent-accent"
        />
        <Button
          size="small"
          aria-label="Bytes after"
          disabled={page === pages - 1}
          onClick={() => {
            setPage(page + 1);
          }}
        >
          <ChevronRight aria-hidden className="size-4" />
        </Button>
        <Button
          size="small"
          onClick={() => {
            save(name, bytes);
          }}
        >
          <Download aria-hidden className="size-4" />
          Save
        </Button>
      </div>
    </div>
  );
}

function save(name: string, bytes: Uint8Array): void {
  const file = `${name.toLowerCase().replace(/[^a-z0-9]+/g, "-")}.bin`;
  saveFile(Uint8Array.from(bytes), file, "application/octet-stream");
}
