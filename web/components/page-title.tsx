import type { ReactNode } from "react";

/** The one large line of a page and the sentence under it. */
export function PageTitle({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="mb-8 max-w-[640px] space-y-3 sm:mb-10">
      <h1 className="text-display">{title}</h1>
      {children !== undefined && <div className="text-muted">{children}</div>}
    </div>
  );
}
