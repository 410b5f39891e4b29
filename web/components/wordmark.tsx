import { cn } from "../lib/cn.ts";

/** The boundary as a sign: solid on the left of the line, dots on its right. */
export function Mark({ className }: { readonly className?: string }) {
  const rows = [3.5, 8.5, 13.5, 18.5];
  return (
    <svg viewBox="0 0 24 22" aria-hidden className={cn("h-[22px] w-6", className)}>
      <rect x="0" y="2" width="9" height="18" rx="1.5" fill="currentColor" />
      <rect x="11" y="0" width="2" height="22" className="fill-accent" />
      {rows.map((y) => (
        <g key={y} fill="currentColor">
          <circle cx="16.5" cy={y} r="1.25" />
          <circle cx="21.5" cy={y} r="1.25" />
        </g>
      ))}
    </svg>
  );
}
