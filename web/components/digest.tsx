"use client";

import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";

import { shortHex } from "../lib/format.ts";

interface DigestProps {
  readonly value: string;
  /** What it is a digest of, for people who hear the page: `address`, `result`. */
  readonly what: string;
}

/** A digest, address or hash: `0x12ab…89ef`, copied whole by a click. */
export function Digest({ value, what }: DigestProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => {
      setCopied(false);
    }, 1_500);
    return () => {
      clearTimeout(timer);
    };
  }, [copied]);
  const Icon = copied ? Check : Copy;
  return (
    <button
      type="button"
      title={value}
      aria-label={copied ? `Copied ${what}` : `Copy ${what} ${shortHex(value)}`}
      className="group inline-flex min-h-6 items-center gap-1.5 rounded font-mono text-small text-ink hover:text-accent"
      onClick={() => {
        void navigator.clipboard.writeText(value).then(() => {
          setCopied(true);
        });
      }}
    >
      {shortHex(value)}
      <Icon aria-hidden className="size-3.5 text-muted group-hover:text-accent" />
    </button>
  );
}
