import { formatBytes, formatCount } from "../lib/format.ts";

/** A size: `1.8 KB`, with the exact number on hover. */
export function Bytes({ count }: { readonly count: number }) {
  return (
    <span className="whitespace-nowrap font-mono" title={`${formatCount(count)} bytes`}>
      {formatBytes(count)}
    </span>
  );
}
