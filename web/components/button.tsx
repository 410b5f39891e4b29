import { Slot } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "../lib/cn.ts";

/** `filled` is for the next thing to do, and there is one on a page; `danger` for what cannot be taken back. */
type Weight = "filled" | "outline" | "quiet" | "danger";

const weights: Readonly<Record<Weight, string>> = {
  filled: "bg-accent text-on-accent hover:bg-accent-strong disabled:bg-raised disabled:text-muted",
  outline: "border border-edge bg-surface text-ink hover:bg-raised disabled:border-line disabled:text-muted",
  quiet: "text-ink hover:bg-raised disabled:text-muted",
  danger: "border border-fail bg-surface text-fail hover:bg-fail-soft disabled:border-line disabled:text-muted",
};

interface ButtonProps extends ComponentProps<"button"> {
  readonly weight?: Weight;
  readonly size?: "body" | "small";
  /** For labels that may be longer than a phone is wide, an amount of a token, say: they go over several lines. */
  readonly wraps?: boolean;
  /** Renders the child (a link, say) with the looks of a button. */
  readonly asChild?: boolean;
}

export function Button({
  weight = "outline",
  size = "body",
  wraps = false,
  asChild = false,
  className,
  type,
  ...rest
}: ButtonProps) {
  const Element = asChild ? Slot.Root : "button";
  return (
    <Element
      {...(!asChild && { type: type ?? "button" })}
      className={cn(
        "inline-flex select-none items-center justify-center gap-2 rounded-lg font-strong transition-colors",
        size === "body" ? "min-h-11 px-4 text-body" : "min-h-9 px-3 text-small",
        wraps ? "min-w-0 py-2 [overflow-wrap:anywhere]" : "whitespace-nowrap",
        weights[weight],
        className,
      )}
      {...rest}
    />
  );
}
