import type { ReactNode } from "react";

import { cn } from "../lib/cn.ts";

const tones = {
  good: "before:bg-accent",
  wait: "before:bg-wait",
  fail: "before:bg-fail",
  idle: "before:bg-edge",
} as const;

export type Tone = keyof typeof tones;

/** A state in two words, with a dot of its colour before it. */
export function StatusBadge({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  return (
    <span
      className={cn(
        "inline-flex items-center gap-2 whitespace-nowrap text-small before:size-2 before:shrink-0 before:rounded-full before:content-['']",
        tones[tone],
      )}
    >
      {children}
    </span>
  );
}
