import type { ReactNode } from "react";

/** A view with nothing in it yet: what would be here, and the way to get it. */
export function Empty({
  title,
  children,
  action,
}: {
  readonly title: string;
  readonly children: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <div className="stipple rounded-2xl border border-line px-6 py-14 text-center">
      <p className="font-strong">{title}</p>
      <div className="mx-auto mt-1 max-w-md text-muted">{children}</div>
      {action !== undefined && <div className="mt-6 flex justify-center">{action}</div>}
    </div>
  );
}
