import { cn } from "../lib/cn.ts";

/** A grey bar in the place of text or a control that is on its way. */
export function Skeleton({ className }: { readonly className?: string }) {
  return <span aria-hidden className={cn("block animate-pulse rounded bg-raised", className)} />;
}

/** The shape of a page before anything of it is known: as high as the window at least, so that nothing moves away below it. */
export function PageSkeleton({ label }: { readonly label: string }) {
  return (
    <div role="status" className="min-h-dvh space-y-6">
      <span className="sr-only">{label}</span>
      <Skeleton className="h-10 w-2/3 max-w-md" />
      <Skeleton className="h-5 w-full max-w-xl" />
      <Skeleton className="h-5 w-4/5 max-w-lg" />
      <Skeleton className="h-64 w-full" />
    </div>
  );
}
