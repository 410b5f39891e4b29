"use client";

import { ExternalLink } from "lucide-react";
import { useState } from "react";

import { shortHex } from "../lib/format.ts";
import { useSettings } from "./settings-provider.tsx";
import { TransactionDialog } from "./transaction-dialog.tsx";

interface TransactionLinkProps {
  readonly hash: `0x${string}`;
  /** Which step of the way it carried, for people who hear the page. */
  readonly what: string;
}

/** A transaction: on the chain's explorer where it has one, in a dialog of our own where it has none. */
export function TransactionLink({ hash, what }: TransactionLinkProps) {
  const { chain } = useSettings();
  const [open, setOpen] = useState(false);
  const style =
    "inline-flex items-center gap-1 font-mono text-small text-ink underline decoration-line underline-offset-4 hover:text-accent";
  if (chain.explorerUrl !== undefined) {
    return (
      <a href={`${chain.explorerUrl.replace(/\/$/, "")}/tx/${hash}`} target="_blank" rel="noreferrer" className={style}>
        <span className="sr-only">{what}, transaction </span>
        {shortHex(hash)}
        <ExternalLink aria-hidden className="size-3.5" />
      </a>
    );
  }
  return (
    <>
      <button
        type="button"
        className={style}
        onClick={() => {
          setOpen(true);
        }}
      >
        <span className="sr-only">{what}, transaction </span>
        {shortHex(hash)}
      </button>
      <TransactionDialog hash={hash} open={open} onOpenChange={setOpen} />
    </>
  );
}
